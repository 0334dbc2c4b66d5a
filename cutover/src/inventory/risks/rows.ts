import type { Inventory, KeptBack } from "../facts.ts";
import { bytesText, plural } from "../text.ts";
import { type Risk, riskOf, rowNames } from "./risk.ts";

/** What becomes of single rows and files. */
export function rowRisks(inventory: Inventory): readonly Risk[] {
	return [
		...keptBackRisks(inventory.conversion.keptBack ?? []),
		...hashRisks(inventory),
		...settingsRisks(inventory),
		...fileRisks(inventory),
	];
}

/** Reasons of the conversion that belong together, with what to do about them. */
const groups: readonly {
	readonly id: string;
	readonly reason: RegExp;
	readonly what: string;
	readonly todo: string;
}[] = [
	{
		id: "duplicate-emails",
		reason: /^duplicate e-mail$/,
		what: "with the e-mail of another account once blanks and capitals are gone",
		todo: "decide with the owners which account stays; --duplicates keep-last-signed-in keeps the one that signed in last, quarantine-all keeps all of them back",
	},
	{
		id: "invalid-emails",
		reason: /^invalid e-mail/,
		what: "with an e-mail that the sign-in server refuses, or none",
		todo: "have the addresses mended on the source; these users cannot sign in after the migration",
	},
	{
		id: "unknown-hashes",
		reason: /^unknown password hash format$/,
		what: "with a password hash that the sign-in server cannot verify",
		todo: "let these users sign in to legacy once more so that it stores a new hash, or plan a password reset for them",
	},
	{
		id: "long-values",
		reason: /^value too long/,
		what: "with values longer than the target's columns",
		todo: "shorten the values on the source",
	},
	{
		id: "infinite-times",
		reason: /^time is infinite/,
		what: "with a time of infinity",
		todo: "give the rows a real time on the source",
	},
	{
		id: "malformed-json",
		reason: /^malformed /,
		what: "with JSON that cannot be read",
		todo: "mend the texts on the source, or have the owners make these rows anew",
	},
	{
		id: "bad-file-paths",
		reason: /^stored path/,
		what: "with a path that is missing or leaves the uploads folder",
		todo: "mend the paths on the source",
	},
	{
		id: "orphans",
		reason: /^(owner|parent) missing/,
		what: "that belong to nobody",
		todo: "give the rows an owner, or agree that they stay behind",
	},
	{
		id: "rows-of-quarantined",
		reason: /^(owner|parent) quarantined/,
		what: "that stay behind with their owner",
		todo: "mend the owners first; these rows then move with them",
	},
];

function keptBackRisks(keptBack: readonly KeptBack[]): readonly Risk[] {
	const named = groups.flatMap(({ id, reason, what, todo }) =>
		rowsRisk(
			keptBack.filter((one) => reason.test(one.reason)),
			{ id, what, todo },
		),
	);
	const others = keptBack.filter(
		(one) => !groups.some(({ reason }) => reason.test(one.reason)),
	);
	return [
		...named,
		...rowsRisk(others, {
			id: "other-rows-kept-back",
			what: "that the conversion keeps back for other reasons",
			todo: "look at each reason, and mend the rows on the source",
		}),
	];
}

function rowsRisk(
	found: readonly KeptBack[],
	risk: Pick<Risk, "id" | "what" | "todo">,
): readonly Risk[] {
	const rows = found.reduce((sum, one) => sum + one.rows, 0);
	return riskOf(
		found.map(
			(one) =>
				`${one.table}, ${one.reason}: ${plural(one.rows, "row")}, ids ${one.sampleIds.join(", ")}${one.rows > one.sampleIds.length ? ", ..." : ""}`,
		),
		{
			...risk,
			severity: "warning",
			what: `${plural(rows, "row")} ${risk.what}; quarantined`,
		},
	);
}

/** The formats by name and count; that their users stay behind is said among the rows. */
function hashRisks(inventory: Inventory): readonly Risk[] {
	const users = inventory.conversion.mapping.users.source;
	const unknown = (inventory.conversion.hashFormats ?? []).filter(
		(one) => !one.isKnown,
	);
	return riskOf(
		unknown.map(
			(one) =>
				`${one.format}: ${plural(one.rows, "user")}, for example ${users} ${one.lowestId}`,
		),
		{
			id: "hash-formats",
			severity: "note",
			what: `${plural(unknown.length, "password hash format")} besides bcrypt and argon2id, by their form`,
			todo: "find out which release of the legacy system wrote them: it may know how to replace them at the next sign-in",
		},
	);
}

function settingsRisks(inventory: Inventory): readonly Risk[] {
	const { settings, mapping } = inventory.conversion;
	const users = mapping.users.source;
	if (settings === null) return [];
	const { malformed, malformedIds, notObjects, notObjectIds } = settings;
	return [
		...riskOf(rowNames(users, malformedIds, malformed), {
			id: "malformed-settings",
			severity: "note",
			what: `${plural(malformed, "user")} whose settings are no JSON; they get the default preferences`,
			todo: "tell the support team, or mend the settings on the source",
		}),
		...riskOf(rowNames(users, notObjectIds, notObjects), {
			id: "settings-not-objects",
			severity: "note",
			what: `${plural(notObjects, "user")} whose settings are JSON but no object; they get the default preferences`,
			todo: "tell the support team, or mend the settings on the source",
		}),
	];
}

function fileRisks({ files }: Inventory): readonly Risk[] {
	if (files === null) return [];
	const { rows, unlisted, unlistedSamples } = files;
	const table = rows?.table ?? "";
	return [
		...riskOf(rowNames(table, rows?.missingIds ?? [], rows?.missing ?? 0), {
			id: "files-missing",
			severity: "warning",
			what: `${plural(rows?.missing ?? 0, "file row")} whose bytes are not in the folder; quarantined`,
			todo: "look for the bytes in backups and put them back; if all are missing, --files-source names the wrong folder",
		}),
		...riskOf(rowNames(table, rows?.differingIds ?? [], rows?.differing ?? 0), {
			id: "files-differ",
			severity: "warning",
			what: `${plural(rows?.differing ?? 0, "file row")} whose size is not that of the file; quarantined`,
			todo: "find out which is right, the row or the file, and mend the other",
		}),
		...riskOf(unlisted === 0 ? [] : unlistedSamples, {
			id: "files-unlisted",
			severity: "note",
			what: `${plural(unlisted ?? 0, "file")} on disk that no row names, of ${plural(files.files, "file")} with ${bytesText(files.bytes)} in all; they stay behind`,
			todo: "decide whether anybody needs them",
		}),
	];
}
