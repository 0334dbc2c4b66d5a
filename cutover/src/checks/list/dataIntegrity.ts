import { connect } from "../../adapters/postgres.ts";
import { quoteTable } from "../../conversion/sqlNames.ts";
import { type CheckSpec, NotRunError, passed, without } from "../check.ts";
import type { PhasePlan } from "../plan.ts";
import { databaseOf, type World } from "../world.ts";

/** The database takes a session and answers. */
export const databaseAnswers: CheckSpec = {
	name: "database",
	group: "Data Integrity",
	expected: "an answer",
	async run(world) {
		if (world.databaseUrl === undefined) databaseOf(world);
		world.database = await connect(world.databaseUrl ?? "", {
			what: "database",
			readOnly: true,
			applicationName: "cutover check",
		});
		const { rows } = await world.database.query<{ what: string }>(
			"SELECT format('PostgreSQL %s, database %s', current_setting('server_version'), current_database()) AS what",
		);
		return passed(rows[0]?.what ?? "an answer");
	},
};

/** What the phase's plan wants of the data. */
export function dataChecks(own: PhasePlan): readonly CheckSpec[] {
	return [
		...(own.tables.length === 0 ? [] : [tables(own.tables)]),
		...Object.entries(own.columns).map(([table, columns]) =>
			columnTypes(table, columns),
		),
		...Object.entries(own.filled).map(([what, table]) => filled(what, table)),
		...Object.entries(own.orphans).map(([name, sql]) => noOrphans(name, sql)),
	];
}

/** The columns of a relation with their types; none when there is no such relation. */
const columnsSql = `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, format_type(a.atttypid, a.atttypmod) AS exact
	FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`;

function tables(wanted: readonly string[]): CheckSpec {
	return {
		name: "tables",
		group: "Data Integrity",
		expected: wanted.join(", "),
		async run(world) {
			const { rows } = await databaseOf(world).query<{ what: string }>(
				`SELECT wanted.shown || CASE WHEN c.oid IS NULL THEN ' is missing' ELSE ' is no table' END AS what
				FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted(quoted, shown, position)
				LEFT JOIN pg_class c ON c.oid = to_regclass(wanted.quoted)
				WHERE c.oid IS NULL OR c.relkind NOT IN ('r', 'p', 'f') ORDER BY position`,
				[wanted.map(quoteTable), wanted],
			);
			return without(
				rows.map((row) => row.what),
				`all ${wanted.length} there`,
			);
		},
	};
}

function columnTypes(
	table: string,
	wanted: Readonly<Record<string, string>>,
): CheckSpec {
	return {
		name: `column types of ${table}`,
		group: "Data Integrity",
		expected: Object.entries(wanted)
			.map(([column, type]) => `${column} ${type}`)
			.join(", "),
		async run(world) {
			const { rows } = await databaseOf(world).query<{
				name: string;
				type: string;
				exact: string;
			}>(columnsSql, [quoteTable(table)]);
			// That a table is missing is said by the check of the tables.
			if (rows.length === 0)
				throw new NotRunError(`there is no ${table} (see tables)`);
			const faults = Object.entries(wanted).flatMap(([column, type]) => {
				const found = rows.find((row) => row.name === column);
				if (found === undefined)
					return [`${table}.${column} is missing, expected ${type}`];
				return [found.type, found.exact]
					.map(shortType)
					.includes(shortType(type))
					? []
					: [
							`${table}.${column} is ${shortType(found.exact)}, expected ${type}`,
						];
			});
			return without(faults, `all ${Object.keys(wanted).length} as expected`);
		},
	};
}

const shortNames: readonly (readonly [RegExp, string])[] = [
	[/^character varying/, "varchar"],
	[/^timestamp(\(\d\))? with time zone$/, "timestamptz$1"],
	[/^timestamp(\(\d\))? without time zone$/, "timestamp$1"],
	[/^int(4|eger)?$/, "integer"],
	[/^int8$/, "bigint"],
	[/^bool$/, "boolean"],
];

/** One spelling for each type: the server's own names and the usual short ones. */
export function shortType(type: string): string {
	return shortNames.reduce(
		(text, [long, short]) => text.replace(long, short),
		type.trim().toLowerCase(),
	);
}

function filled(what: string, table: string): CheckSpec {
	return {
		name: what,
		group: "Data Integrity",
		expected: `more than 0 rows in ${table}`,
		async run(world) {
			const session = databaseOf(world);
			const { rows } = await session.query<{ known: boolean }>(
				"SELECT to_regclass($1) IS NOT NULL AS known",
				[quoteTable(table)],
			);
			if (rows[0]?.known !== true)
				throw new NotRunError(`there is no ${table} (see tables)`);
			const count = await session.query<{ count: string }>(
				`SELECT count(*) FROM ${quoteTable(table)}`,
			);
			const found = Number(count.rows[0]?.count ?? 0) - ownRows(world, table);
			return without(
				found > 0 ? [] : [`0 rows in ${table}`],
				`${found} rows in ${table}`,
			);
		},
	};
}

/** The account that a check registered is no user of the system. */
function ownRows(world: World, table: string): number {
	return table === world.own.users && world.hasRegistered ? 1 : 0;
}

function noOrphans(name: string, sql: string): CheckSpec {
	return {
		name,
		group: "Data Integrity",
		expected: "none",
		async run(world) {
			const { rows } = await databaseOf(world).query<{ what: string }>(sql);
			return without(
				rows.map((row) => row.what),
				"none",
			);
		},
	};
}
