import type { Session } from "../adapters/postgres.ts";
import { isValidEmailSql, normalizeEmailSql } from "../conversion/email.ts";
import { pathProblemSql } from "../conversion/files.ts";
import { hasKnownHashSql } from "../conversion/passwordHash.ts";
import { findDoubtfulJson, refusedJson } from "./doubtfulJson.ts";
import {
	type ConversionRules,
	configSql,
	type SourceTable,
} from "./entities.ts";
import { missingBytes } from "./uploads.ts";

/** Ids that stay behind, with the reason. */
export type Reasons = ReadonlyMap<number, string>;

/** What stays behind, per table of the source. */
export type Quarantine = Readonly<Record<SourceTable, Reasons>>;

export interface JudgeRequest {
	readonly rules: ConversionRules;
	/** Ids of the rows to look at; the others keep what `known` says. Default: every row. */
	readonly changed?: Readonly<Record<SourceTable, ReadonlySet<number>>>;
	/** What an earlier pass found. */
	readonly known: Quarantine;
	/** Ids among `known` whose row changed or is gone: their old reasons do not count. */
	readonly forget: (table: SourceTable, id: number) => boolean;
	/** E-mail addresses of users born on the target. */
	readonly bornEmails: readonly string[];
	/** Ids given out by the target. Those rows stay, and the source's row of the same id stays behind. */
	readonly bornIds: Readonly<Record<SourceTable, readonly number[]>>;
	/** Folder of the uploaded files, when their bytes are to be looked at. */
	readonly filesSource?: string | undefined;
}

/**
 * Finds every row that has to stay behind. A second session, looking at the same moment, shares the work.
 * To be called inside transactions.
 */
export async function judgeAll(
	source: Session,
	request: JudgeRequest,
	second: Session = source,
): Promise<Quarantine> {
	const users = async () => {
		const reasons = await judgeRows("legacy_users", source, request);
		add(reasons, await bornElsewhere(source, request.bornEmails));
		add(reasons, await duplicates(source, reasons, request));
		return reasons;
	};
	const owned = async () => ({
		workflows: await judgeRows("workflows", second, request),
		uploaded_files: await judgeRows("uploaded_files", second, request),
		workflow_steps: await judgeRows("workflow_steps", second, request),
	});
	const judged =
		second === source
			? { legacy_users: await users(), ...(await owned()) }
			: await Promise.all([users(), owned()]).then(([ofUsers, others]) => ({
					legacy_users: ofUsers,
					...others,
				}));
	// Steps come last: they follow their workflows, which follow their users.
	for (const table of [
		"workflows",
		"uploaded_files",
		"workflow_steps",
	] as const) {
		const taken = request.bornIds[table];
		if (taken.length > 0) {
			const sql = `SELECT t.id, 'id is taken by a row born on the target' AS reason FROM ${table} t WHERE ${isAmong("t.id", taken)}`;
			add(judged[table], await found(source, sql));
		}
		add(judged[table], await found(source, ownerReasonsSql(table, judged)));
	}
	return judged;
}

/** What can be said of a table's rows by looking at each alone. */
async function judgeRows(
	table: SourceTable,
	source: Session,
	request: JudgeRequest,
): Promise<Map<number, string>> {
	const { filesSource } = request;
	const reasons = new Map<number, string>();
	const again: number[] = [];
	for (const [id, reason] of request.known[table]) {
		if (isRelational(reason)) continue;
		if (reason.startsWith("bytes ") && filesSource !== undefined) {
			again.push(id);
		} else if (!request.forget(table, id)) {
			reasons.set(id, reason);
		}
	}
	const changed = request.changed?.[table];
	const where = changed === undefined ? "true" : isAmong("t.id", changed);
	if (changed?.size !== 0) {
		add(reasons, await found(source, ownReasonsSql(table, where)));
		if (table === "workflow_steps") {
			add(reasons, await badConfigs(source, where));
		}
	}
	if (table === "uploaded_files" && filesSource !== undefined) {
		const either =
			changed === undefined ? where : isAmong("t.id", [...changed, ...again]);
		add(reasons, await missingBytes(source, filesSource, either, reasons));
	}
	return reasons;
}

/** The first reason found stays. */
function add(reasons: Map<number, string>, rows: readonly Found[]): void {
	for (const { id, reason } of rows) {
		if (!reasons.has(Number(id))) reasons.set(Number(id), reason);
	}
}

/** SQL condition: the column's value is one of the ids. */
export function isAmong(column: string, ids: Iterable<number>): string {
	return `${column}::bigint = ANY('{${[...ids].join(",")}}'::bigint[])`;
}

/** SQL condition: the column's value is none of the ids. */
export function isNotAmong(column: string, ids: Iterable<number>): string {
	const list = [...ids].join(",");
	return list === ""
		? "true"
		: `${column}::bigint <> ALL('{${list}}'::bigint[])`;
}

export interface Found {
	readonly id: string | number;
	readonly reason: string;
}

/** Reasons that depend on other rows, and so are found anew in every pass. */
function isRelational(reason: string): boolean {
	return /^(duplicate e-mail|e-mail belongs|owner |workflow |id is taken)/.test(
		reason,
	);
}

async function found(source: Session, sql: string): Promise<readonly Found[]> {
	return (await source.query<Found>(sql)).rows;
}

function ownReasonsSql(table: SourceTable, where: string): string {
	const rows =
		table === "legacy_users"
			? `(SELECT t.*, ${normalizeEmailSql("t.email")} AS address FROM legacy_users t WHERE ${where} OFFSET 0) t`
			: `${table} t WHERE ${where}`;
	return `SELECT id, reason FROM (SELECT t.id, CASE ${ownReasons[table]} END AS reason FROM ${rows}) judged WHERE reason IS NOT NULL`;
}

function tooLong(column: string, limit: number): string {
	return `WHEN length(t.${column}) > ${limit} THEN 'value too long: ${column}'`;
}

function infinite(column: string): string {
	return `WHEN NOT isfinite(t.${column}) THEN 'time is infinite: ${column}'`;
}

const ownReasons: Readonly<Record<SourceTable, string>> = {
	legacy_users: [
		"WHEN coalesce(t.address, '') = '' THEN 'invalid e-mail: missing'",
		tooLong("email", 255),
		`WHEN NOT (${isValidEmailSql("t.address")}) THEN 'invalid e-mail'`,
		tooLong("password_hash", 255),
		`WHEN t.password_hash IS NULL OR NOT ${hasKnownHashSql("t.password_hash")} THEN 'unknown password hash format'`,
		tooLong("username", 255),
		infinite("created_at"),
		infinite("last_login"),
	].join(" "),
	workflows: [
		tooLong("name", 255),
		infinite("created_at"),
		infinite("updated_at"),
	].join(" "),
	uploaded_files: [
		`WHEN ${pathProblemSql("t.stored_path")} IS NOT NULL THEN ${pathProblemSql("t.stored_path")}`,
		tooLong("filename", 255),
		tooLong("content_type", 255),
		infinite("created_at"),
	].join(" "),
	workflow_steps: tooLong("type", 50),
};

async function badConfigs(
	source: Session,
	where: string,
): Promise<readonly Found[]> {
	const texts = await findDoubtfulJson(
		source,
		"workflow_steps",
		configSql,
		where,
	);
	const refused = await refusedJson(source, texts);
	return refused.map(({ id }) => ({ id, reason: "malformed config" }));
}

async function bornElsewhere(
	source: Session,
	emails: readonly string[],
): Promise<readonly Found[]> {
	if (emails.length === 0) return [];
	const { rows } = await source.query<Found>(
		`SELECT t.id, 'e-mail belongs to a user born on the target' AS reason FROM legacy_users t WHERE ${normalizeEmailSql("t.email")} = ANY($1::text[])`,
		[emails],
	);
	return rows;
}

async function duplicates(
	source: Session,
	excluded: Reasons,
	{ rules, changed, known }: JudgeRequest,
): Promise<readonly Found[]> {
	const isKeeping = rules.duplicates === "keep-last-signed-in";
	const address = normalizeEmailSql("t.email");
	// Only a changed row can join a group, and a group that lost one has others that are in quarantine already.
	const suspects =
		changed &&
		isAmong("t.id", [
			...changed.legacy_users,
			...[...known.legacy_users]
				.filter(([, reason]) => reason.startsWith("duplicate e-mail"))
				.map(([id]) => id),
		]);
	const among =
		suspects === undefined
			? "true"
			: `${address} IN (SELECT ${address} FROM legacy_users t WHERE ${suspects})`;
	// One sort and no join: on tables without statistics the planner would pair every user with every shared address.
	return await found(
		source,
		`WITH ranked AS (SELECT t.id, count(*) OVER (PARTITION BY ${address}) AS sharers, first_value(t.id) OVER (PARTITION BY ${address} ORDER BY t.last_login DESC NULLS LAST, t.id) AS winner FROM legacy_users t WHERE ${isNotAmong("t.id", excluded.keys())} AND ${among})
		SELECT id, ${isKeeping ? "'duplicate e-mail: legacy_users ' || winner || ' signed in last'" : "'duplicate e-mail'"} AS reason FROM ranked WHERE sharers > 1 AND ${isKeeping ? "id <> winner" : "true"}`,
	);
}

function ownerReasonsSql(
	table: Exclude<SourceTable, "legacy_users">,
	judged: Quarantine,
): string {
	const owner =
		table === "workflow_steps"
			? ({ table: "workflows", key: "workflow_id", word: "workflow" } as const)
			: ({ table: "legacy_users", key: "user_id", word: "owner" } as const);
	const away = isAmong(`t.${owner.key}`, judged[owner.table].keys());
	return `SELECT t.id, CASE WHEN o.id IS NULL THEN '${owner.word} missing: ${owner.table} ' || coalesce(t.${owner.key}::text, 'null') ELSE '${owner.word} quarantined: ${owner.table} ' || t.${owner.key} END AS reason FROM ${table} t LEFT JOIN ${owner.table} o ON o.id = t.${owner.key} WHERE o.id IS NULL OR ${away}`;
}
