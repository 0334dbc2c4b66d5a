import { type Mapping, sourceTables } from "../../conversion/mapping.ts";
import { expectedOfSource } from "../../convert/mappingCheck.ts";
import { tableOf } from "../../convert/sourceRows.ts";
import type { Inventory, TableFacts } from "../facts.ts";
import { plural } from "../text.ts";
import { type Risk, riskOf } from "./risk.ts";

/** Whether the source has what the conversion reads, and what it leaves behind. */
export function shapeRisks(inventory: Inventory): readonly Risk[] {
	return [
		...missingParts(inventory),
		...conversionTypes(inventory),
		...unknownTables(inventory),
	];
}

/** The tables that are the system's own: those of extensions come with the extension. */
export function ownTables(inventory: Inventory): readonly TableFacts[] {
	return inventory.tables.filter((table) => table.extension === null);
}

/** Own tables with rows of their own that the conversion leaves alone; partitions go by their parent's name. */
export function tablesLeftBehind(inventory: Inventory): readonly TableFacts[] {
	return ownTables(inventory).filter(
		(table) =>
			table.parent === null && wantedAs(table.name, inventory) === undefined,
	);
}

/** The tables that the conversion moves, with the names that the mapping has for them. */
export function migratedTables(inventory: Inventory) {
	return inventory.tables.flatMap((table) => {
		const wanted = wantedAs(table.name, inventory);
		return wanted === undefined ? [] : [{ table, wanted }];
	});
}

/** What the conversion reads of a table, by column: the types that will do, any when there are none. */
export function expectedColumns(
	{ conversion }: Inventory,
	wanted: string,
): ReadonlyMap<string, readonly string[]> {
	return new Map(
		expectedOfSource(conversion.mapping)
			.filter(({ table }) => table === wanted)
			.map(({ column, types }) => [column, types]),
	);
}

/** A table's name in the mapping, or undefined when it is not in there. */
function wantedAs(name: string, { conversion }: Inventory): string | undefined {
	return sourceTables(conversion.mapping).find(
		(wanted) => conversion.tables[wanted] === name,
	);
}

function missingParts(inventory: Inventory): readonly Risk[] {
	const { tables, mapping } = inventory.conversion;
	const missing = sourceTables(mapping).filter((name) => tables[name] === null);
	const columns = migratedTables(inventory).flatMap(({ table, wanted }) =>
		// No columns at all: they could not be read.
		(table.columns.length === 0
			? []
			: [...expectedColumns(inventory, wanted).keys()]
		)
			.filter((name) => !table.columns.some((column) => column.name === name))
			.map((name) => `${table.name}.${name}`),
	);
	const unkeyed = migratedTables(inventory)
		.filter(({ table, wanted }) => !isUnique(table, idOf(wanted, mapping)))
		.map(({ table }) => table.name);
	return [
		...riskOf(missing, {
			id: "tables-missing",
			severity: "blocker",
			what: `${plural(missing.length, "table")} that the conversion wants ${missing.length === 1 ? "is" : "are"} not there`,
			todo: "check the database in --source, the role's search_path and the mapping; the conversion refuses to start without them",
		}),
		...riskOf(columns, {
			id: "columns-missing",
			severity: "blocker",
			what: `${plural(columns.length, "column")} that the conversion reads ${columns.length === 1 ? "is" : "are"} not there`,
			todo: "correct the mapping, or add the columns to the source (empty ones do): the conversion cannot run without them",
		}),
		...riskOf(unkeyed, {
			id: "ids-not-unique",
			severity: "blocker",
			what: `nothing keeps the ids of ${plural(unkeyed.length, "migrated table")} apart`,
			todo: "look for ids used twice (SELECT id FROM ... GROUP BY id HAVING count(*) > 1), then add a primary key",
		}),
	];
}

function idOf(wanted: string, mapping: Mapping): string {
	return wanted === mapping.users.source
		? mapping.users.id
		: tableOf(wanted, mapping).id;
}

function isUnique(table: TableFacts, column: string): boolean {
	const keys = table.indexes
		.filter((index) => index.isUnique && index.isValid)
		.map(({ columns }) => columns);
	return [table.primaryKey ?? [], ...keys].some(
		([first, ...others]) => first === column && others.length === 0,
	);
}

/** Our own column, for teams that want migrated rows marked on the source. */
const ownMark = "migrated_at";

/** `character varying(255)` → `character varying`, as the conversion compares types. */
function withoutLength(type: string): string {
	return type.replace(/\(\d+(,-?\d+)?\)/, "");
}

function conversionTypes(inventory: Inventory): readonly Risk[] {
	const wrong = migratedTables(inventory).flatMap(({ table, wanted }) => {
		const expected = expectedColumns(inventory, wanted);
		return table.columns.flatMap((column) => {
			const types = expected.get(column.name) ?? [];
			return types.length === 0 || types.includes(withoutLength(column.type))
				? []
				: [
						`${table.name}.${column.name}: ${column.type} (expected ${types.join(" or ")})`,
					];
		});
	});
	const extra = migratedTables(inventory).flatMap(({ table, wanted }) => {
		const expected = expectedColumns(inventory, wanted);
		return table.columns
			.filter(({ name }) => name !== ownMark && !expected.has(name))
			.map(({ name }) => `${table.name}.${name}`);
	});
	return [
		...riskOf(wrong, {
			id: "column-types",
			severity: "blocker",
			what: `${plural(wrong.length, "column")} of migrated tables ${wrong.length === 1 ? "has a type" : "have types"} that the conversion cannot read`,
			todo: "change the mapping, or the type on the source (ALTER TABLE ... ALTER COLUMN ... TYPE), and try that with the application; times with a zone are refused, because the zone is a setting of the conversion",
		}),
		...riskOf(extra, {
			id: "columns-not-migrated",
			severity: "warning",
			what: `${plural(extra.length, "column")} of migrated tables ${extra.length === 1 ? "is" : "are"} unknown to the conversion and ${extra.length === 1 ? "stays" : "stay"} behind`,
			todo: "add the columns to the mapping, or have a named person say that they may stay behind",
		}),
	];
}

function unknownTables(inventory: Inventory): readonly Risk[] {
	const left = tablesLeftBehind(inventory);
	return riskOf(
		left.map(
			({ name, kind, rows }) =>
				`${name} (${rows === null ? (kind === "foreign" ? "foreign table" : "not counted") : plural(rows, "row")})`,
		),
		{
			id: "tables-not-migrated",
			severity: "warning",
			what: `${plural(left.length, "table")} ${left.length === 1 ? "is" : "are"} unknown to the conversion and ${left.length === 1 ? "stays" : "stay"} behind`,
			todo: "decide for each table: add it to the mapping, carry it over by other means (pg_dump --table), keep it in the archive, or drop it; name it in the answer to data-sources-identified",
		},
	);
}
