import type { Session } from "../adapters/postgres.ts";
import { columnsOf, type Mapping } from "../conversion/mapping.ts";
import { quoteTable } from "../conversion/sqlNames.ts";
import { RefusedError } from "../errors.ts";

/** Something that the mapping expects of a column. */
export interface Expected {
	readonly table: string;
	readonly column: string;
	/** Types that will do, as `format_type` says them without length; empty when any will. */
	readonly types: readonly string[];
}

const integers = ["smallint", "integer", "bigint"];
const times = ["timestamp without time zone"];
const texts = ["text", "character varying", "character", "citext"];

const sourceTypes: Readonly<Record<string, readonly string[]>> = {
	boolean: ["boolean"],
	integer: ["smallint", "integer"],
	bigint: integers,
	numeric: [...integers, "numeric"],
	uuid: ["uuid"],
	bytea: ["bytea"],
	time: times,
	json: [...texts, "json", "jsonb"],
	// Everything has a text.
	text: [],
	varchar: [],
};

const targetTypes: Readonly<Record<string, readonly string[]>> = {
	boolean: ["boolean"],
	integer: ["integer"],
	bigint: ["bigint"],
	numeric: ["numeric"],
	uuid: ["uuid"],
	bytea: ["bytea"],
	time: ["timestamp with time zone"],
	json: ["jsonb"],
	text: ["text", "character varying"],
	varchar: ["character varying", "text"],
};

/** What the mapping expects of the source's columns. */
export function expectedOfSource(mapping: Mapping): readonly Expected[] {
	const { users, tables } = mapping;
	const of =
		(table: string) =>
		(column: string | null, types: readonly string[]): readonly Expected[] =>
			column === null ? [] : [{ table, column, types }];
	const user = of(users.source);
	return [
		...user(users.id, integers),
		...user(users.username, texts),
		...user(users.email, texts),
		...user(users.passwordHash, texts),
		...user(users.createdAt, times),
		...user(users.lastSignIn, times),
		...user(users.settings, [...texts, "json", "jsonb"]),
		...tables.flatMap((table) => {
			const column = of(table.source);
			return [
				...column(table.id, integers),
				...column(table.owner.from, integers),
				...(table.file ? column(table.file.path, texts) : []),
				...(table.file ? column(table.file.size, integers) : []),
				...columnsOf(table).flatMap((one) =>
					column(one.from, sourceTypes[kindOf(one.as)] ?? []),
				),
			];
		}),
	];
}

/** What the mapping expects of the target's columns, beyond the tables that our migrations make. */
export function expectedOfTarget(mapping: Mapping): readonly Expected[] {
	return mapping.tables.flatMap((table) => [
		{ table: table.target, column: "id", types: ["bigint"] },
		{
			table: table.target,
			column: table.owner.to,
			types: [table.owner.of === mapping.users.source ? "uuid" : "bigint"],
		},
		...columnsOf(table).map((one) => ({
			table: table.target,
			column: one.to,
			types: targetTypes[kindOf(one.as)] ?? [],
		})),
		...(table.file
			? ["storage_key", "content_type", "size_bytes", "sha256"].map(
					(column) => ({ table: table.target, column, types: [] }),
				)
			: []),
	]);
}

/** What is wrong, one line each; `found` are the columns that there are, by `table.column`. */
export function columnProblems(
	expected: readonly Expected[],
	found: ReadonlyMap<string, string>,
): readonly string[] {
	const tables = new Set([...found.keys()].map((key) => key.split("\0")[0]));
	const missing = new Set<string>();
	const problems: string[] = [];
	for (const { table, column, types } of expected) {
		if (!tables.has(table)) {
			if (!missing.has(table)) problems.push(`no table ${table}`);
			missing.add(table);
			continue;
		}
		const type = found.get(`${table}\0${column}`);
		if (type === undefined) {
			problems.push(`${table} has no column ${column}`);
		} else if (types.length > 0 && !types.includes(type)) {
			problems.push(
				`${table}.${column} is ${type}, expected ${types.join(" or ")}`,
			);
		}
	}
	return problems;
}

/** @throws RefusedError naming every column in which database and mapping do not fit together. */
export async function requireColumns(
	session: Session,
	what: "source" | "target",
	expected: readonly Expected[],
): Promise<void> {
	const tables = [...new Set(expected.map((one) => one.table))];
	const { rows } = await session.query<{
		name: string;
		column: string;
		type: string;
	}>(
		`SELECT wanted.name, attname AS column, format_type(atttypid, NULL) AS type FROM unnest($1::text[], $2::text[]) AS wanted(name, quoted) JOIN pg_attribute ON attrelid = to_regclass(quoted) AND attnum > 0 AND NOT attisdropped`,
		[tables, tables.map(quoteTable)],
	);
	const found = new Map(
		rows.map((row) => [`${row.name}\0${row.column}`, row.type]),
	);
	const problems = columnProblems(expected, found);
	if (problems.length === 0) return;
	throw new RefusedError(
		`the ${what} does not fit the mapping: ${problems.join("; ")}; nothing was written; correct the mapping (--mapping), or name the right database`,
	);
}

function kindOf(as: string): string {
	return as.replace(/\(.*/, "");
}
