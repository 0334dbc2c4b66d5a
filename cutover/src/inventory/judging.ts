import type { Session } from "../adapters/postgres.ts";
import { looksLikeObjectSql } from "../conversion/json.ts";
import { findDoubtfulJson, refusedJson } from "../convert/doubtfulJson.ts";
import {
	type ConversionRules,
	type SourceTable,
	sourceTables,
} from "../convert/entities.ts";
import { isNotAmong, judgeAll, type Quarantine } from "../convert/judge.ts";
import { emptyQuarantine } from "../convert/state.ts";
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

/** Asks the conversion itself what it would keep back, and how passwords and settings are stored. */
export async function judgeSource(
	reader: Reader,
	rules: Pick<ConversionRules, "namespace" | "timeZone" | "duplicates">,
): Promise<ConversionFacts> {
	const tables = await findTables(reader, sourceTables);
	const missing = sourceTables.filter(
		(name) => (tables[name] ?? null) === null,
	);
	const users = missing.includes("legacy_users")
		? undefined
		: {
				formats: await readHashFormats(reader),
				settings: await reader.attempt("data", "settings of the users", () =>
					readSettings(reader.session),
				),
			};
	if (missing.length > 0) {
		reader.skip(
			"data",
			"rows that the conversion keeps back",
			`the source has no ${missing.join(", ")}`,
		);
	}
	const judged =
		missing.length > 0
			? undefined
			: await reader.attempt(
					"data",
					"rows that the conversion keeps back",
					() => judge(reader.session, rules),
				);
	return {
		tables,
		keptBack: judged === undefined ? null : sumUp(judged),
		hashFormats: users?.formats ?? null,
		settings: users?.settings ?? null,
	};
}

/** The conversion's own judgement of every row; bytes of files are looked at elsewhere. */
async function judge(
	source: Session,
	rules: Pick<ConversionRules, "namespace" | "timeZone" | "duplicates">,
): Promise<Quarantine> {
	return await judgeAll(source, {
		rules: { ...rules, startedAt: new Date(0).toISOString() },
		known: emptyQuarantine(),
		forget: () => false,
		bornEmails: [],
		bornIds: {
			legacy_users: [],
			workflows: [],
			uploaded_files: [],
			workflow_steps: [],
		},
	});
}

/** Rows by table and reason, what a reason says of single rows left out. */
export function sumUp(judged: Quarantine): readonly KeptBack[] {
	return sourceTables.flatMap((table) => {
		const byReason = new Map<string, number[]>();
		for (const [id, reason] of judged[table]) {
			const kind = kindOf(reason);
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
				sampleIds: ids.toSorted((a, b) => a - b).slice(0, sampleSize),
			}));
	});
}

/** `owner missing: legacy_users 7` → `owner missing`; `value too long: username` stays. */
function kindOf(reason: string): string {
	const tables: readonly SourceTable[] = sourceTables;
	const [kind = reason, rest = ""] = reason.split(": ", 2);
	return tables.some((table) => rest.startsWith(table)) ? kind : reason;
}

async function readHashFormats(
	reader: Reader,
): Promise<readonly HashFormat[] | null> {
	const found = await reader.attempt("data", "password hash formats", () =>
		reader.session.query<{ format: string; rows: string; lowest: string }>(
			`SELECT format, count(*) AS rows, min(id)::text AS lowest FROM (SELECT t.id, ${hashFormatSql("t.password_hash")} AS format FROM legacy_users t) f GROUP BY format ORDER BY format COLLATE "C"`,
		),
	);
	return (
		found?.rows.map(({ format, rows, lowest }) => ({
			format,
			isKnown: isKnownFormat(format),
			rows: Number(rows),
			lowestId: Number(lowest),
		})) ?? null
	);
}

const settingsSql = "btrim(t.settings, E' \\t\\n\\r')";

async function readSettings(source: Session): Promise<SettingsFacts> {
	const doubtful = await findDoubtfulJson(
		source,
		"legacy_users",
		settingsSql,
		"true",
	);
	const refused = await refusedJson(source, doubtful);
	const malformed = refused.map(({ id }) => Number(id));
	// JSON whose first and last characters are no braces is no object.
	const { rows } = await source.query<{ id: string }>(
		`SELECT t.id::text AS id FROM legacy_users t WHERE ${settingsSql} <> '' AND NOT ${looksLikeObjectSql(settingsSql)} AND ${isNotAmong("t.id", malformed)}`,
	);
	const notObjects = rows.map(({ id }) => Number(id));
	return {
		malformed: malformed.length,
		malformedIds: lowest(malformed),
		notObjects: notObjects.length,
		notObjectIds: lowest(notObjects),
	};
}

function lowest(ids: readonly number[]): readonly number[] {
	return ids.toSorted((a, b) => a - b).slice(0, sampleSize);
}
