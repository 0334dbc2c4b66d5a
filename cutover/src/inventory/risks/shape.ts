import { sourceTables } from "../../convert/entities.ts";
import { expectedColumns, typesOf, wantedAs } from "../expected.ts";
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
			table.parent === null &&
			wantedAs(table.name, inventory.conversion.tables) === undefined,
	);
}

/** The tables that the conversion moves, with the names that it knows them by. */
export function migratedTables(inventory: Inventory) {
	return inventory.tables.flatMap((table) => {
		const wanted = wantedAs(table.name, inventory.conversion.tables);
		return wanted === undefined ? [] : [{ table, wanted }];
	});
}

function missingParts(inventory: Inventory): readonly Risk[] {
	const { tables } = inventory.conversion;
	const missing = sourceTables.filter((name) => tables[name] === null);
	const columns = migratedTables(inventory).flatMap(({ table, wanted }) =>
		// No columns at all: they could not be read.
		(table.columns.length === 0 ? [] : Object.keys(expectedColumns[wanted]))
			.filter((name) => !table.columns.some((column) => column.name === name))
			.map((name) => `${table.name}.${name}`),
	);
	const unkeyed = migratedTables(inventory)
		.filter(({ table }) => !hasUniqueId(table))
		.map(({ table }) => table.name);
	return [
		...riskOf(missing, {
			id: "tables-missing",
			severity: "blocker",
			what: `${plural(missing.length, "table")} that the conversion wants ${missing.length === 1 ? "is" : "are"} not there`,
			todo: "check the database in --source and the role's search_path; the conversion refuses to start without them",
		}),
		...riskOf(columns, {
			id: "columns-missing",
			severity: "blocker",
			what: `${plural(columns.length, "column")} that the conversion reads ${columns.length === 1 ? "is" : "are"} not there`,
			todo: "add the columns to the source (empty ones do): the conversion cannot run without them",
		}),
		...riskOf(unkeyed, {
			id: "ids-not-unique",
			severity: "blocker",
			what: `nothing keeps the ids of ${plural(unkeyed.length, "migrated table")} apart`,
			todo: "look for ids used twice (SELECT id FROM ... GROUP BY id HAVING count(*) > 1), then add a primary key on id",
		}),
	];
}

function hasUniqueId(table: TableFacts): boolean {
	const keys = table.indexes
		.filter((index) => index.isUnique && index.isValid)
		.map(({ columns }) => columns);
	return [table.primaryKey ?? [], ...keys].some(
		([first, ...others]) => first === "id" && others.length === 0,
	);
}

function conversionTypes(inventory: Inventory): readonly Risk[] {
	const wrong = migratedTables(inventory).flatMap(({ table, wanted }) =>
		table.columns.flatMap((column) => {
			const kind = expectedColumns[wanted][column.name];
			if (kind === undefined) return [];
			const types = typesOf(kind);
			const isPlain = column.kind === "base" || column.kind === "domain";
			return isPlain && types.includes(column.base)
				? []
				: [
						`${table.name}.${column.name}: ${column.type} (expected ${types.join(" or ")})`,
					];
		}),
	);
	const extra = migratedTables(inventory).flatMap(({ table, wanted }) =>
		table.columns
			.filter(
				({ name }) =>
					name !== "migrated_at" &&
					!Object.hasOwn(expectedColumns[wanted], name),
			)
			.map(({ name }) => `${table.name}.${name}`),
	);
	return [
		...riskOf(wrong, {
			id: "column-types",
			severity: "blocker",
			what: `${plural(wrong.length, "column")} of migrated tables ${wrong.length === 1 ? "has a type" : "have types"} that the conversion cannot read`,
			todo: "change the type on the source (ALTER TABLE ... ALTER COLUMN ... TYPE) and try it with the application; times with a zone are refused, because the zone is a setting of the conversion",
		}),
		...riskOf(extra, {
			id: "columns-not-migrated",
			severity: "warning",
			what: `${plural(extra.length, "column")} of migrated tables ${extra.length === 1 ? "is" : "are"} unknown to the conversion and ${extra.length === 1 ? "stays" : "stay"} behind`,
			todo: "decide for each column whether it may stay behind, and have a named person say so",
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
			todo: "decide for each table: carry it over by other means (pg_dump --table), keep it in the archive, or drop it; name it in the answer to data-sources-identified",
		},
	);
}
