import type { ChecklistItem } from "./checklist.ts";
import { type Inventory, parts } from "./facts.ts";
import { type Risk, severities } from "./risks/index.ts";
import { bytesText, plural } from "./text.ts";

/** The inventory for people: what to do first, what was found afterwards. */
export function renderInventory(
	inventory: Inventory,
	risks: readonly Risk[],
	checklist: readonly ChecklistItem[],
): string {
	const { server } = inventory;
	return [
		`# Inventory of ${server.database}`,
		`Taken ${inventory.takenAt} from PostgreSQL ${server.version}${server.bytes === null ? "" : `, ${bytesText(server.bytes)}`}. Nothing was changed.`,
		unreadSection(inventory),
		checklistSection(checklist),
		riskSection(risks),
		tableSection(inventory),
		dataSection(inventory),
		filesSection(inventory),
		apiSection(inventory),
		surroundingsSection(inventory),
		settingsSection(inventory),
	]
		.filter((section) => section !== "")
		.join("\n\n")
		.concat("\n");
}

function unreadSection({ unread }: Inventory): string {
	if (unread.length === 0) return "All parts were read.";
	const rows = parts.flatMap((part) =>
		unread
			.filter((one) => one.part === part)
			.map(({ what, why }) => [part, what, why]),
	);
	return section("Not read", table(["part", "what", "why"], rows));
}

function checklistSection(checklist: readonly ChecklistItem[]): string {
	const rows = checklist.map((item) => [
		item.answeredBy === null ? "NOT RUN" : "PASS",
		item.title,
		item.answeredBy === null
			? `${plural(item.unanswered.length, "open point")}${item.refused === null ? "" : `; ${item.refused}`}`
			: item.answeredBy === "inventory"
				? "the inventory"
				: `${item.answeredBy.by}, ${item.answeredBy.on}: ${item.answeredBy.statement}`,
	]);
	const open = checklist.filter((item) => item.answeredBy === null);
	return [
		section("Preparation checklist", table(["", "item", "answered by"], rows)),
		...(open.length === 0
			? []
			: [
					"For the open points, with names filled in, in a file for `--answers`:",
					["```yaml", ...open.flatMap(answerTemplate), "```"].join("\n"),
				]),
	].join("\n\n");
}

/** What a person has to fill in. */
function answerTemplate(item: ChecklistItem): readonly string[] {
	return [
		`${item.id}:`,
		"  by: ",
		"  on: ",
		"  statement: ",
		"  covers:",
		...item.openPoints.map((point) => `    - ${JSON.stringify(point)}`),
	];
}

function riskSection(risks: readonly Risk[]): string {
	if (risks.length === 0) return section("Risks", "None found.");
	const counts = severities.map((severity) =>
		plural(risks.filter((risk) => risk.severity === severity).length, severity),
	);
	const entries = risks.map((risk) =>
		[
			`### ${risk.severity}: ${risk.id}`,
			`${risk.what}.`,
			risk.samples.map((sample) => `- \`${sample}\``).join("\n"),
			`To do: ${risk.todo}.`,
		].join("\n\n"),
	);
	return section("Risks", [counts.join(", "), ...entries].join("\n\n"));
}

function tableSection({ tables }: Inventory): string {
	const rows = tables.map((one) => [
		one.name,
		one.rows === null ? "?" : one.rows.toLocaleString("en-US"),
		one.bytes === null ? "?" : bytesText(one.bytes),
		one.columns.map(({ name, type }) => `${name} ${type}`).join(", "),
		one.primaryKey?.join(", ") ?? "none",
	]);
	return section(
		"Tables",
		table(["table", "rows", "size", "columns", "primary key"], rows),
	);
}

function dataSection({ conversion }: Inventory): string {
	const formats = (conversion.hashFormats ?? []).map((one) => [
		one.format,
		one.isKnown ? "yes" : "no",
		one.rows.toLocaleString("en-US"),
	]);
	const kept = (conversion.keptBack ?? []).map((one) => [
		one.table,
		one.reason,
		one.rows.toLocaleString("en-US"),
		one.sampleIds.join(", "),
	]);
	return [
		formats.length === 0
			? ""
			: section(
					"Password hashes",
					table(["format", "can sign in", "users"], formats),
				),
		kept.length === 0
			? ""
			: section(
					"Rows that the conversion keeps back",
					table(["table", "reason", "rows", "lowest ids"], kept),
				),
	]
		.filter((part) => part !== "")
		.join("\n\n");
}

function filesSection({ files }: Inventory): string {
	if (files === null) return "";
	const { rows } = files;
	return section(
		"Files",
		[
			`${plural(files.files, "file")} with ${bytesText(files.bytes)} in ${files.folder}.`,
			rows === null
				? "The rows could not be read."
				: `Of ${plural(rows.total, "row")} ${rows.matching} match, ${rows.missing} have no bytes, ${rows.differing} differ in size, ${rows.badPaths} have a bad path; ${plural(files.unlisted ?? 0, "file")} without a row.`,
		].join(" "),
	);
}

function apiSection({ api }: Inventory): string {
	if (api === null) return "";
	const successors = new Map(
		api.successors?.map((one) => [one.endpoint, one.successor]),
	);
	const rows = api.endpoints.map((one) => [
		`${one.method} ${one.path}`,
		one.summary,
		one.needsSignIn ? "yes" : "no",
		api.successors === null
			? "not compared"
			: (successors.get(`${one.method} ${one.path}`) ?? "none"),
	]);
	return section(
		"API",
		`${api.title} ${api.version} (${api.specification}), ${plural(rows.length, "endpoint")}.\n\n${table(["endpoint", "what", "sign-in", "new system"], rows)}`,
	);
}

function surroundingsSection(inventory: Inventory): string {
	const line = (what: string, names: readonly string[]) =>
		`- ${what}: ${names.length === 0 ? "none" : names.join(", ")}`;
	return section(
		"Surroundings",
		[
			line(
				"extensions",
				inventory.extensions.map(({ name, version }) => `${name} ${version}`),
			),
			line(
				"foreign servers",
				inventory.foreignServers.map(({ name }) => name),
			),
			line(
				"settings of the application",
				(inventory.dependencies.settings ?? []).map(
					({ setting, kind, address }) => `${setting} (${kind}) ${address}`,
				),
			),
			line(
				"connected to the database",
				inventory.dependencies.clients.map((client) =>
					[client.role, client.application, client.address]
						.filter((part) => part !== "")
						.join(" "),
				),
			),
			line(
				"roles that can sign in",
				inventory.roles.filter((role) => role.canLogin).map(({ name }) => name),
			),
			line(
				"views",
				inventory.views.map(({ name }) => name),
			),
			line("large objects", [String(inventory.largeObjects ?? "not counted")]),
		].join("\n"),
	);
}

function settingsSection({ server }: Inventory): string {
	const rows = Object.entries({
		encoding: server.encoding,
		collation: server.collation,
		...server.settings,
	});
	return section("Server settings", table(["setting", "value"], rows));
}

function section(title: string, body: string): string {
	return `## ${title}\n\n${body}`;
}

function table(
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string {
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
	return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join(
		"\n",
	);
}
