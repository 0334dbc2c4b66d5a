import { defaultNamespace } from "../conversion/identity.ts";
import { looksLikeObjectSql } from "../conversion/json.ts";
import { type Mapping, sourceTables } from "../conversion/mapping.ts";
import { findDoubtfulJson, refusedJson } from "../convert/doubtfulJson.ts";
import { type ConversionRules, jsonTextSql } from "../convert/entities.ts";
import { isNotAmong } from "../convert/ids.ts";
import { add, found, judgeRows, reasonsOf } from "../convert/judge.ts";
import { duplicatesSql, ownerReasonsSql } from "../convert/reasons.ts";
import { sourceRows, tableOf } from "../convert/sourceRows.ts";
import { findTables } from "./catalog.ts";
import {
	type ConversionFacts,
	type HashFormat,
	type KeptBack,
	type SettingsFacts,
	sampleSize,
} from "./facts.ts";
import { hashFormatSql, isKnownFormat } from "./hashFormats.ts";
import type { Reader } from "./reader.ts";
import { byCode } from "./text.ts";

type Judged = ReadonlyMap<string, Map<number, string>>;

/** Asks the conversion itself what it would keep back, and how passwords and settings are stored. */
export async function judgeSource(
	reader: Reader,
	mapping: Mapping,
	duplicates: ConversionRules["duplicates"],
): Promise<ConversionFacts> {
	const rules = {
		mapping,
		duplicates,
		// What values become has no say in which rows stay behind.
		namespace: defaultNamespace,
		timeZone: "UTC",
		startedAt: new Date(0).toISOString(),
	};
	const tables = await findTables(reader, sourceTables(mapping));
	const isThere = (table: string) => (tables[table] ?? null) !== null;
	for (const table of sourceTables(mapping).filter((one) => !isThere(one))) {
		reader.skip("data", `rows of ${table}`, "the source has no such table");
	}
	const judged = await judgeTables(reader, rules, isThere);
	const hasUsers = isThere(mapping.users.source);
	return {
		mapping,
		tables,
		keptBack: judged.size === 0 ? null : sumUp(judged),
		hashFormats: hasUsers ? await readHashFormats(reader, rules) : null,
		settings:
			hasUsers && mapping.users.settings !== null
				? await readSettings(reader, rules)
				: null,
	};
}

/** The conversion's own judgement, table by table, so that one that cannot be read does not hide the others. */
async function judgeTables(
	reader: Reader,
	rules: ConversionRules,
	isThere: (table: string) => boolean,
): Promise<Judged> {
	const { session } = reader;
	const { mapping } = rules;
	const request = { rules, bornEmails: [], bornIds: new Map() };
	const judged = new Map<string, Map<number, string>>();
	for (const table of sourceTables(mapping).filter(isThere)) {
		const reasons = await reader.attempt(
			"data",
			`rows of ${table}`,
			async () => {
				const own = await judgeRows(table, session, request);
				if (table === mapping.users.source) {
					const sound = isNotAmong("t.id", own.keys());
					add(own, await found(session, duplicatesSql(rules, sound)));
					return own;
				}
				// Owners come first: rows follow them.
				const { of } = tableOf(table, mapping).owner;
				if (isThere(of)) {
					const away = reasonsOf(judged, of).keys();
					add(own, await found(session, ownerReasonsSql(table, rules, away)));
				}
				return own;
			},
		);
		if (reasons !== undefined) judged.set(table, reasons);
	}
	return judged;
}

/** Rows by table and reason, what a reason says of single rows left out. */
export function sumUp(judged: Judged): readonly KeptBack[] {
	return [...judged].flatMap(([table, reasons]) => {
		const byReason = new Map<string, number[]>();
		for (const [id, reason] of reasons) {
			const kind = kindOf(reason, [...judged.keys()]);
			const known = byReason.get(kind);
			if (known === undefined) byReason.set(kind, [id]);
			else known.push(id);
		}
		return [...byReason]
			.toSorted(([one], [other]) => byCode(one, other))
			.map(([reason, ids]) => ({
				table,
				reason,
				rows: ids.length,
				sampleIds: lowest(ids),
			}));
	});
}

/** `owner missing: legacy_users 7` → `owner missing`; `value too long: username` stays. */
function kindOf(reason: string, tables: readonly string[]): string {
	const at = reason.indexOf(": ");
	const rest = reason.slice(at + 2);
	return at > 0 && tables.some((table) => rest.startsWith(`${table} `))
		? reason.slice(0, at)
		: reason;
}

async function readHashFormats(
	reader: Reader,
	{ mapping }: ConversionRules,
): Promise<readonly HashFormat[] | null> {
	const rows = sourceRows(mapping.users.source, mapping);
	const answer = await reader.attempt("data", "password hash formats", () =>
		reader.session.query<{ format: string; rows: string; lowest: string }>(
			`SELECT format, count(*) AS rows, min(id)::text AS lowest FROM (SELECT t.id, ${hashFormatSql("t.password_hash")} AS format FROM ${rows}) f GROUP BY format ORDER BY format COLLATE "C"`,
		),
	);
	return (
		answer?.rows.map(({ format, rows, lowest }) => ({
			format,
			isKnown: isKnownFormat(format),
			rows: Number(rows),
			lowestId: Number(lowest),
		})) ?? null
	);
}

async function readSettings(
	{ session, attempt }: Reader,
	{ mapping }: ConversionRules,
): Promise<SettingsFacts | null> {
	const from = sourceRows(mapping.users.source, mapping);
	const text = jsonTextSql("t.settings");
	const facts = await attempt("data", "settings of the users", async () => {
		const doubtful = await findDoubtfulJson(session, from, text, "true");
		const refused = await refusedJson(session, doubtful);
		const malformed = refused.map(({ id }) => Number(id));
		// JSON whose first and last characters are no braces is no object.
		const { rows } = await session.query<{ id: string }>(
			`SELECT t.id::text AS id FROM ${from} WHERE ${text} <> '' AND NOT ${looksLikeObjectSql(text)} AND ${isNotAmong("t.id", malformed)}`,
		);
		const notObjects = rows.map(({ id }) => Number(id));
		return {
			malformed: malformed.length,
			malformedIds: lowest(malformed),
			notObjects: notObjects.length,
			notObjectIds: lowest(notObjects),
		};
	});
	return facts ?? null;
}

function lowest(ids: readonly number[]): readonly number[] {
	return ids.toSorted((a, b) => a - b).slice(0, sampleSize);
}
