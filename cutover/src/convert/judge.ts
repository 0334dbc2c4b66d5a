import type { Session } from "../adapters/postgres.ts";
import { normalizeEmailSql } from "../conversion/email.ts";
import { columnsOf, type Mapping } from "../conversion/mapping.ts";
import { findDoubtfulJson, refusedJson } from "./doubtfulJson.ts";
import { type ConversionRules, jsonTextSql } from "./entities.ts";
import { isAmong, isListed } from "./ids.ts";
import {
	duplicatesSql,
	ownerReasonsSql,
	ownReasonsSql,
	sharersSql,
} from "./reasons.ts";
import { sourceRows, tableOf, valueName } from "./sourceRows.ts";
import { missingBytes } from "./uploads.ts";

/** Ids that stay behind, with the reason. */
export type Reasons = ReadonlyMap<number, string>;

/** What stays behind, per table of the source. */
export type Quarantine = ReadonlyMap<string, Reasons>;

/** What stays behind of one table. */
export function reasonsOf(quarantine: Quarantine, table: string): Reasons {
	return quarantine.get(table) ?? new Map();
}

export interface JudgeRequest {
	readonly rules: ConversionRules;
	/** E-mail addresses of users born on the target. */
	readonly bornEmails: readonly string[];
	/** Ids given out by the target, per table. Those rows stay, and the source's row of the same id stays behind. */
	readonly bornIds: ReadonlyMap<string, readonly number[]>;
	/** Folder of the uploaded files, when their bytes are to be looked at. */
	readonly filesSource?: string | undefined;
}

export interface Found {
	readonly id: string | number;
	readonly reason: string;
}

/** Work on the source that can be done beside other work. */
export type Task = (source: Session) => Promise<void>;

/**
 * Finds every row of the source that has to stay behind. The sessions look at the same moment and share the work; other
 * tasks are done beside it. To be called inside transactions.
 */
export async function judgeAll(
	sessions: readonly [Session, ...Session[]],
	request: JudgeRequest,
	aside: readonly Task[],
): Promise<Quarantine> {
	const { rules, bornEmails } = request;
	const { mapping } = rules;
	const [source] = sessions;
	const table = mapping.users.source;
	const parts: Map<number, string>[] = [];
	const judged = new Map<string, Map<number, string>>();
	let sharers: readonly number[] = [];
	const ranges = await usersInParts(source, mapping);
	await shareOut(sessions, [
		async (session) => {
			sharers = await findSharers(session, rules);
		},
		...aside,
		...mapping.tables.map(
			({ source: owned }): Task =>
				async (session) => {
					judged.set(owned, await judgeRows(owned, session, request));
				},
		),
		...ranges.map(
			(where, nth): Task =>
				async (session) => {
					parts[nth] = await judgeRows(table, session, request, where);
				},
		),
	]);
	const reasons = new Map<number, string>();
	for (const part of parts)
		for (const [id, reason] of part) reasons.set(id, reason);
	add(reasons, await bornElsewhere(source, rules, bornEmails));
	const rivals = sharers.filter((id) => !reasons.has(id));
	if (rivals.length > 0) {
		const sql = duplicatesSql(rules, isListed("t.id", rivals));
		add(reasons, await found(source, sql));
	}
	judged.set(table, reasons);
	// In the order of loading: rows follow their owners, which follow theirs.
	for (const { source: owned, owner } of mapping.tables) {
		const kept = judged.get(owned) ?? new Map();
		const away = reasonsOf(judged, owner.of).keys();
		add(kept, await found(source, ownerReasonsSql(owned, rules, away)));
	}
	return judged;
}

/** Does the tasks in their order, each on the session that is free first. */
async function shareOut(
	sessions: readonly Session[],
	tasks: readonly Task[],
): Promise<void> {
	const queue = [...tasks];
	const lane = async (session: Session) => {
		try {
			for (let task = queue.shift(); task; task = queue.shift()) {
				await task(session);
			}
		} catch (error) {
			queue.length = 0;
			throw error;
		}
	};
	await Promise.all(sessions.map(lane));
}

/** Small enough for the sessions to end together, large enough to cost nothing. */
const userParts = 16;

/** Conditions that cut the users into parts, each of them in exactly one. */
async function usersInParts(
	source: Session,
	mapping: Mapping,
): Promise<readonly string[]> {
	const { rows } = await source.query<{
		first: string | null;
		last: string | null;
	}>(
		`SELECT min(t.id)::text AS first, max(t.id)::text AS last FROM ${sourceRows(mapping.users.source, mapping)}`,
	);
	const [{ first, last } = { first: null, last: null }] = rows;
	if (first === null || last === null) return [];
	return cutIds(BigInt(first), BigInt(last), userParts);
}

/** Conditions over `t.id` that cut the ids from the first to the last into parts of equal width. */
export function cutIds(
	first: bigint,
	last: bigint,
	parts: number,
): readonly string[] {
	const width = (last - first) / BigInt(parts) + 1n;
	const conditions: string[] = [];
	for (let from = first; from <= last; from += width) {
		conditions.push(`t.id >= ${from} AND t.id < ${from + width}`);
	}
	return conditions;
}

/** Ids of users whose address looks like another's, and of hardly anybody else: to be ranked exactly. */
async function findSharers(
	source: Session,
	rules: ConversionRules,
): Promise<readonly number[]> {
	// In parts that a processor's cache holds they are grouped a third faster than all at once.
	await source.query("SET LOCAL work_mem = '4MB'");
	const { rows } = await source.query<{ id: string }>(
		sharersSql(rules.mapping),
	);
	return rows.map(({ id }) => Number(id));
}

/** What can be said of a table's rows by looking at each alone, of those that meet the condition over alias `t`. */
export async function judgeRows(
	table: string,
	source: Session,
	{ rules, bornIds, filesSource }: JudgeRequest,
	where = "true",
): Promise<Map<number, string>> {
	const reasons = new Map<number, string>();
	add(reasons, await found(source, ownReasonsSql(table, where, rules)));
	if (table === rules.mapping.users.source) return reasons;
	add(reasons, await badJson(table, source, rules, where));
	const taken = bornIds.get(table) ?? [];
	if (taken.length > 0) {
		const sql = `SELECT t.id, 'id is taken by a row born on the target' AS reason FROM ${sourceRows(table, rules.mapping)} WHERE ${isAmong("t.id", taken)} AND ${where}`;
		add(reasons, await found(source, sql));
	}
	if (tableOf(table, rules.mapping).file && filesSource !== undefined) {
		const rows = sourceRows(table, rules.mapping);
		add(reasons, await missingBytes(source, filesSource, rows, where, reasons));
	}
	return reasons;
}

/** Users whose address belongs to somebody whom the target has and the source does not. */
export async function bornElsewhere(
	source: Session,
	{ mapping }: ConversionRules,
	emails: readonly string[],
	where = "true",
): Promise<readonly Found[]> {
	if (emails.length === 0) return [];
	const { rows } = await source.query<Found>(
		`SELECT t.id, 'e-mail belongs to a user born on the target' AS reason FROM ${sourceRows(mapping.users.source, mapping)} WHERE ${normalizeEmailSql("t.email")} = ANY($1::text[]) AND ${where}`,
		[emails],
	);
	return rows;
}

/** Adds what was found; the first reason found stays. */
export function add(
	reasons: Map<number, string>,
	rows: readonly Found[],
): void {
	for (const { id, reason } of rows) {
		if (!reasons.has(Number(id))) reasons.set(Number(id), reason);
	}
}

/** Runs one of the queries of `reasons.ts`. */
export async function found(
	source: Session,
	sql: string,
): Promise<readonly Found[]> {
	return (await source.query<Found>(sql)).rows;
}

async function badJson(
	table: string,
	source: Session,
	{ mapping }: ConversionRules,
	where: string,
): Promise<readonly Found[]> {
	const bad: Found[] = [];
	for (const { to, from, as } of columnsOf(tableOf(table, mapping))) {
		if (as !== "json") continue;
		const rows = sourceRows(table, mapping);
		const text = jsonTextSql(`t.${valueName(to)}`);
		const texts = await findDoubtfulJson(source, rows, text, where);
		const refused = await refusedJson(source, texts);
		bad.push(...refused.map(({ id }) => ({ id, reason: `malformed ${from}` })));
	}
	return bad;
}
