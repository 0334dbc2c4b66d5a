import type { ColumnFacts, Inventory } from "../facts.ts";
import { plural } from "../text.ts";
import { type Risk, riskOf } from "./risk.ts";
import { expectedColumns, migratedTables, ownTables } from "./shape.ts";

/** Built-in types that travel badly, with the reason. */
const odd: Readonly<Record<string, string>> = {
	money: "its text depends on lc_monetary",
	json: "has no equality, so rows cannot be compared by it",
	xml: "has no equality; needs a server built with libxml",
	oid: "often points to a large object",
	timetz: "is ambiguous without a date",
	point: "has no equality for indexes",
	line: "has no equality for indexes",
	lseg: "has no equality for indexes",
	box: "has no equality for indexes",
	path: "has no equality for indexes",
	polygon: "has no equality for indexes",
	circle: "has no equality for indexes",
	tsvector: "depends on the text search configuration of its server",
	pg_lsn: "means nothing on another server",
	xid: "means nothing on another server",
	txid_snapshot: "means nothing on another server",
	regclass: "is an id of the catalog that differs on another server",
	regproc: "is an id of the catalog that differs on another server",
	regtype: "is an id of the catalog that differs on another server",
};

/** Columns that need a closer look; those that the conversion reads are judged by what it can read. */
export function typeRisks(inventory: Inventory): readonly Risk[] {
	const known = new Set(
		migratedTables(inventory).flatMap(({ table, wanted }) =>
			[...expectedColumns(inventory, wanted).keys()].map(
				(column) => `${table.name}.${column}`,
			),
		),
	);
	const found = ownTables(inventory).flatMap((table) =>
		table.columns.flatMap((column) => {
			const name = `${table.name}.${column.name}`;
			const reason = known.has(name) ? undefined : oddity(column);
			return reason === undefined
				? []
				: [`${name}: ${column.type} (${reason})`];
		}),
	);
	return riskOf(found, {
		id: "odd-types",
		severity: "warning",
		what: `${plural(found.length, "column")} of types that travel badly`,
		todo: "test their tables on the target with real rows, or convert the columns to plain types; types of the system's own have to be made on the target first",
	});
}

function oddity(column: ColumnFacts): string | undefined {
	if (column.isBuiltIn && column.kind !== "enum") return odd[column.base];
	if (column.kind === "array" || column.kind === "base") {
		return `is made of ${column.base}, which does not come with PostgreSQL`;
	}
	return `is ${column.kind === "enum" ? "an enumeration" : `a ${column.kind} type`} of this database`;
}
