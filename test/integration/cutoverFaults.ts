import type { TestServer } from "./postgres.ts";

/** One field of one row of the target, changed by hand. */
export interface InjectedFault {
	readonly table: string;
	/** Id of the row in the source. */
	readonly id: string;
	readonly column: string;
	readonly how: string;
}

/** Numbers from 0 up to 1, the same for the same seed. */
export function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		// The generator of Numerical Recipes: good enough to pick rows.
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

/** Ways to change a value of a type; each gives another value for every value, as SQL over `{c}`. */
const changes: Readonly<Record<string, readonly string[]>> = {
	uuid: ["overlay(gen_random_uuid()::text placing '3' from 15 for 1)::uuid"],
	timestamptz: [
		"coalesce({c} + interval '1 microsecond', now())",
		"coalesce({c} - interval '1 hour', now())",
		"CASE WHEN {c} IS NULL THEN '2020-02-02 02:02:02+00'::timestamptz END",
	],
	jsonb: [
		"jsonb_set(coalesce({c}, '{}'), '{extra}', '1')",
		"CASE WHEN {c} IS DISTINCT FROM '[1]' THEN '[1]'::jsonb ELSE '[2]' END",
	],
	bool: ["coalesce(NOT {c}, true)"],
	int2: ["CASE WHEN {c} IS NOT DISTINCT FROM 1 THEN 2 ELSE 1 END"],
	int4: ["coalesce({c} + 1, 7)", "CASE WHEN {c} IS NULL THEN 0 END"],
	int8: ["coalesce({c} + 1, 7)", "coalesce(-{c} - 1, 7)"],
	text: [
		"coalesce(left({c}, 200), '') || 'x'",
		"coalesce(left({c}, 200), '') || ' '",
		"CASE WHEN {c} IS NULL THEN '' ELSE overlay({c} placing '~' from 1 + length({c}) / 2 for 1) END",
		"CASE WHEN {c} IS NULL THEN 'NULL' END",
	],
};

/** Keys must not look like the target's own, and unique values have to stay unique. */
const keyChanges: Readonly<Record<string, string>> = {
	"public.workflows.id": "-{c}",
	"public.workflow_steps.id": "-{c}",
	"public.files.id": "-{c}",
	"cutover.identity_map.legacy_id": "-{c}",
	// Unique.
	"auth.users.phone": "coalesce({c}, '') || gen_random_uuid()",
};

/** Columns that only the target knows, so that nobody can say what is right. */
const unknowable = [
	"auth.identities.id",
	"public.files.sha256",
	"cutover.repaired.what",
];

interface Field {
	readonly table: string;
	readonly column: string;
	readonly type: string;
	readonly isRequired: boolean;
}

const tables = [
	"auth.users",
	"auth.identities",
	"public.profiles",
	"cutover.identity_map",
	"public.workflows",
	"public.workflow_steps",
	"public.files",
];

/** SQL for the id in the source of a row with alias `t`. */
const sourceIdSql: Readonly<Record<string, string>> = {
	"auth.users":
		"(SELECT legacy_id FROM cutover.identity_map m WHERE m.user_id = t.id)",
	"auth.identities":
		"(SELECT legacy_id FROM cutover.identity_map m WHERE m.user_id = t.user_id)",
	"public.profiles":
		"(SELECT legacy_id FROM cutover.identity_map m WHERE m.user_id = t.id)",
	"cutover.identity_map": "t.legacy_id",
};

/** Every field of the target that a fault can be in. */
async function readFields(
	server: TestServer,
	database: string,
): Promise<readonly Field[]> {
	const fields = await server.query<{
		table: string;
		column: string;
		type: string;
		required: boolean;
	}>(
		database,
		`SELECT a.attrelid::regclass::text AS table, a.attname AS column, t.typname AS type, a.attnotnull AS required
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
		WHERE a.attrelid = ANY('{${tables.join(",")}}'::regclass[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		ORDER BY a.attrelid, a.attnum`,
	);
	return fields
		.map(({ table, column, type, required }) => ({
			table: table.includes(".") ? table : `public.${table}`,
			column,
			type: type === "varchar" ? "text" : type,
			isRequired: required,
		}))
		.filter(({ table, column }) => !unknowable.includes(`${table}.${column}`));
}

/**
 * Changes single fields of random rows, no row of a table twice: every field in turn, each time in another way. Foreign
 * keys and triggers look away, as they would for somebody who repairs a table by hand.
 */
export async function injectFaults(
	server: TestServer,
	database: string,
	wanted: number,
	seed: number,
): Promise<readonly InjectedFault[]> {
	const random = createRandom(seed);
	const fields = await readFields(server, database);
	const rows = new Map<string, { ctid: string; id: string }[]>();
	for (const table of tables) {
		const all = await server.query<{ ctid: string; id: string }>(
			database,
			`SELECT t.ctid::text AS ctid, ${sourceIdSql[table] ?? "t.id"}::text AS id FROM ${table} t ORDER BY hashtextextended(t.ctid::text, ${seed}) LIMIT ${wanted}`,
		);
		rows.set(table, all);
	}
	const faults: InjectedFault[] = [];
	const statements = ["SET session_replication_role = replica"];
	for (let nth = 0; faults.length < wanted; nth += 1) {
		const field = fields[nth % fields.length];
		if (field === undefined) throw new Error("the target has no fields");
		const row = rows.get(field.table)?.pop();
		if (row === undefined) {
			if (nth > wanted * 20) throw new Error("too few rows for the faults");
			continue;
		}
		const name = `${field.table}.${field.column}`;
		const ways = (changes[field.type] ?? []).filter(
			(way) => !(field.isRequired && /IS NULL THEN [^E]* END/.test(way)),
		);
		const way =
			keyChanges[name] ?? ways[Math.floor(random() * ways.length)] ?? "NULL";
		const column = `"${field.column}"`;
		const how = way.replaceAll("{c}", column);
		statements.push(
			`UPDATE ${field.table} SET ${column} = ${how} WHERE ctid = '${row.ctid}'`,
		);
		faults.push({ table: field.table, id: row.id, column: field.column, how });
	}
	await server.query(database, statements.join(";\n"));
	return faults;
}

/** `table id column` of every fault, sorted: what was injected and what was found compare as they are. */
export function faultNames(
	faults: readonly {
		readonly table: string;
		readonly id: string;
		readonly column?: string;
	}[],
): readonly string[] {
	return faults
		.map(({ table, id, column }) => `${table} ${id} ${column ?? "?"}`)
		.sort();
}
