import { type Session, sqlState } from "../adapters/postgres.ts";
import { isJsonb, looksLikeObjectSql } from "../conversion/json.ts";

/** A text that is not surely JSON. */
export interface Doubtful {
	readonly id: string;
	readonly text: string;
}

/** Rows tried in one go; when one of them is no JSON, their texts are read. */
const pageRows = 10_000;

/**
 * Finds the texts whose cast to jsonb may fail, among the rows that meet the condition over alias `t`. For all others
 * the server has proved that it works. PostgreSQL 15 can only tell JSON by trying: the cast is tried on many rows under
 * a savepoint, which writes nothing, and only where it fails are the texts looked at here. (A function that catches the
 * error would have to be created on the source, which stays untouched; patterns cost ten times the cast.)
 * To be called inside a transaction.
 */
export async function findDoubtfulJson(
	source: Session,
	/** FROM item with alias `t` and its key as `id`. */
	rows: string,
	column: string,
	where: string,
): Promise<readonly Doubtful[]> {
	const doubtful: Doubtful[] = [];
	let after = "-9223372036854775808";
	for (;;) {
		const page = `SELECT t.id, ${column} AS text FROM ${rows} WHERE t.id > ${after} AND ${where} ORDER BY t.id LIMIT ${pageRows}`;
		const tried = await tryCast(source, page);
		const texts =
			tried !== undefined && tried.others === 0
				? []
				: await readTexts(source, page, tried === undefined);
		doubtful.push(
			...(tried === undefined ? await sift(source, page, texts) : texts),
		);
		const last = tried?.last ?? (await lastOf(source, page));
		if (last === null) return doubtful;
		after = last;
	}
}

/** Which of the texts PostgreSQL does not take as jsonb. */
export async function refusedJson(
	source: Session,
	texts: readonly Doubtful[],
): Promise<readonly Doubtful[]> {
	const refused = texts.filter(({ text }) => !isJsonb(text));
	const taken = texts.filter(({ text }) => isJsonb(text));
	if (await takes(source, taken)) return refused;
	for (const one of taken) {
		if (!(await takes(source, [one]))) refused.push(one);
	}
	return refused;
}

interface Tried {
	readonly last: string | null;
	readonly others: number;
}

/** Tries the cast on what looks like an object; undefined when it fails. */
async function tryCast(
	source: Session,
	page: string,
): Promise<Tried | undefined> {
	const plain = looksLikeObjectSql("text");
	return await underSavepoint(source, async () => {
		const { rows } = await source.query<{
			last: string | null;
			others: string;
		}>(
			`SELECT max(id)::text AS last, count(*) FILTER (WHERE text <> '' AND NOT ${plain}) AS others, count(CASE WHEN ${plain} THEN text::jsonb END) FROM (${page}) page`,
		);
		return {
			last: rows[0]?.last ?? null,
			others: Number(rows[0]?.others ?? 0),
		};
	});
}

async function readTexts(
	source: Session,
	page: string,
	isWhole: boolean,
): Promise<readonly Doubtful[]> {
	const { rows } = await source.query<Doubtful>(
		`SELECT id::text AS id, text FROM (${page}) page WHERE text <> ''${isWhole ? "" : ` AND NOT ${looksLikeObjectSql("text")}`}`,
	);
	return rows;
}

/** Drops the texts that are surely JSON after all, once the server agrees; else every one stays doubtful. */
async function sift(
	source: Session,
	page: string,
	texts: readonly Doubtful[],
): Promise<readonly Doubtful[]> {
	const suspects = texts.filter(({ text }) => !isJsonb(text));
	const without = suspects.map(({ id }) => id).join(",");
	const agreed = await underSavepoint(source, async () => {
		await source.query(
			`SELECT count(CASE WHEN text <> '' AND id <> ALL('{${without}}'::bigint[]) THEN text::jsonb END) FROM (${page}) page`,
		);
		return true;
	});
	return agreed === true ? suspects : texts;
}

async function lastOf(source: Session, page: string): Promise<string | null> {
	const { rows } = await source.query<{ last: string | null }>(
		`SELECT max(id)::text AS last FROM (${page}) page`,
	);
	return rows[0]?.last ?? null;
}

async function takes(
	source: Session,
	texts: readonly Doubtful[],
): Promise<boolean> {
	if (texts.length === 0) return true;
	const taken = await underSavepoint(source, async () => {
		await source.query("SELECT count(x::jsonb) FROM unnest($1::text[]) x", [
			texts.map(({ text }) => text),
		]);
		return true;
	});
	return taken === true;
}

/** Undefined when the server refuses a value (class 22) or runs out of stack for it (54001). */
async function underSavepoint<T>(
	source: Session,
	work: () => Promise<T>,
): Promise<T | undefined> {
	await source.query("SAVEPOINT attempt");
	try {
		const value = await work();
		await source.query("RELEASE SAVEPOINT attempt");
		return value;
	} catch (error) {
		const state = sqlState(error) ?? "";
		if (!state.startsWith("22") && state !== "54001") throw error;
		await source.query("ROLLBACK TO SAVEPOINT attempt");
		return undefined;
	}
}
