import { openRecords, parseTrust } from "@trusted-login/golive";
import { readProgram, readRecords, readText } from "@trusted-login/golive/read";
import { RefusedError, UsageError } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import type { ListSettings } from "./settings.ts";
import { type EvidenceStore, withEvidenceStore } from "./store.ts";

/** Shows every record of a place; with `verify` each is one check, and one that nobody should believe fails. */
export async function listRecords(
	settings: ListSettings,
	verb: "list" | "verify",
): Promise<Result> {
	const trust = parseTrust(
		await readText(settings.trust),
		settings.trustSha256,
		settings.trust,
	);
	const { stack, release } = settings;
	const opened = await withEvidenceStore(settings.evidence, async (store) => {
		// Reports are hashed for one release at a time; without one they are looked at when a decision needs them.
		const wanted = { release: release ?? "" };
		return openRecords(await readRecords(store, wanted), trust);
	});
	const signed = opened.signed
		.filter(({ statement: { predicate } }) => {
			const { body } = predicate;
			return (
				(stack === undefined || body.stack === stack) &&
				(release === undefined || body.release === release)
			);
		})
		.map(({ path, key, statement: { predicate }, reports }): Check => {
			const { type, body } = predicate;
			const listed = type === "evidence" ? body.reports : [];
			const broken =
				release === undefined
					? []
					: listed.filter(
							({ name, sha256 }) => reports.get(name)?.sha256 !== sha256,
						);
			return {
				name: path,
				outcome: broken.length === 0 ? "passed" : "failed",
				expected: "signature and reports as signed",
				actual: `${type === "evidence" ? `${body.kind} ${body.outcome}` : type} of ${body.stack} ${body.release}, by ${key.holder} (${key.role}), ${type === "evidence" ? body.finishedAt : body.signedAt}`,
				details: broken.map(
					({ name }) => `report ${name} is missing or was changed`,
				),
				seconds: 0,
			};
		});
	const refused = opened.refused
		.filter(
			({ claims }) =>
				(stack === undefined || claims.stack === stack) &&
				(release === undefined || claims.release === release),
		)
		.map(
			({ path, problem }): Check => ({
				name: path,
				outcome: "failed",
				expected: "a signature that is trusted",
				actual: problem,
				seconds: 0,
			}),
		);
	const checks = [...signed, ...refused];
	return {
		outcome: verb === "list" ? "passed" : combineOutcomes(checks),
		checks,
		next: `${signed.length} records, ${refused.length} that count for nothing${verb === "verify" && release === undefined ? "; with --release their reports are hashed as well" : ""}; next: cutover decide`,
		facts: { records: signed.length, refused: refused.length },
	};
}

/** Prints one record's statement as it was signed. */
export async function showRecord(settings: {
	readonly evidence: string;
	readonly record: string;
}): Promise<Result> {
	return await withEvidenceStore(settings.evidence, async (store) => {
		const key = await keyOf(store, settings.record);
		const envelope = JSON.parse(await store.read(key, 10 * 1024 * 1024)) as {
			payload?: unknown;
		};
		if (typeof envelope.payload !== "string") {
			throw new RefusedError(`${key} is no envelope`);
		}
		const payload = Buffer.from(envelope.payload, "base64").toString("utf8");
		return {
			outcome: "passed",
			checks: [],
			text: `${JSON.stringify(JSON.parse(payload), undefined, 2)}\n`,
			next: `This is what ${key} says; whether it may be believed: cutover evidence verify`,
			facts: { statement: JSON.parse(payload) },
		};
	});
}

async function keyOf(store: EvidenceStore, name: string): Promise<string> {
	const keys = await store.list();
	const found = keys.filter((key) => key === name || key.includes(name));
	const [key] = found;
	if (key !== undefined && found.length === 1) return key;
	throw new UsageError(
		`expected the name of one record, or a part that only one has, got ${name}, which ${found.length} have; cutover evidence list names them`,
	);
}

/** Prints the hashes of the program, for images that have no checkout in them. */
export async function printProgram(program: string): Promise<Result> {
	const hashes = await readProgram(program);
	return {
		outcome: "passed",
		checks: [],
		text: `${JSON.stringify(hashes)}\n`,
		next: "Keep this in a file of the image and name it with CUTOVER_PROGRAM_FILE",
		facts: { ...hashes },
	};
}
