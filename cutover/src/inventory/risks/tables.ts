import type { Inventory, TableFacts } from "../facts.ts";
import { plural } from "../text.ts";
import { type Risk, riskOf } from "./risk.ts";
import { migratedTables, ownTables } from "./shape.ts";

/** What the tables of the source bring along, whether they are migrated or not. */
export function tableRisks(inventory: Inventory): readonly Risk[] {
	return [
		...keys(inventory.tables),
		...unsound(inventory.tables),
		...behaviour(inventory),
		...estimates(inventory.tables),
	];
}

function keys(tables: readonly TableFacts[]): readonly Risk[] {
	const real = tables.filter(
		({ kind, extension }) => kind !== "foreign" && extension === null,
	);
	const unkeyed = real.filter((table) => table.primaryKey === null);
	const anonymous = real.filter(
		(table) =>
			table.replicaIdentity === "nothing" ||
			(table.replicaIdentity === "default" && table.primaryKey === null),
	);
	const unlogged = real.filter((table) => table.isUnlogged);
	return [
		...riskOf(names(unkeyed), {
			id: "no-primary-key",
			severity: "warning",
			what: `${plural(unkeyed.length, "table")} without a primary key`,
			todo: "add a primary key: rows cannot be told apart, compared or followed without one",
		}),
		...riskOf(names(anonymous), {
			id: "no-replica-identity",
			severity: "warning",
			what: `${plural(anonymous.length, "table")} whose updates and deletes cannot be replicated`,
			todo: "add a primary key, or ALTER TABLE ... REPLICA IDENTITY USING INDEX (FULL where there is none): once such a table is published, the application's own updates of it fail",
		}),
		...riskOf(names(unlogged), {
			id: "unlogged-tables",
			severity: "warning",
			what: `${plural(unlogged.length, "unlogged table")}: empty after a crash, never replicated`,
			todo: "decide whether the rows matter; if so, ALTER TABLE ... SET LOGGED before the migration",
		}),
	];
}

function unsound(tables: readonly TableFacts[]): readonly Risk[] {
	const indexes = tables.flatMap((table) =>
		table.indexes
			.filter((index) => !index.isValid)
			.map((index) => `${index.name} on ${table.name}`),
	);
	const constraints = tables.flatMap((table) =>
		table.constraints
			.filter((constraint) => !constraint.isValidated)
			.map((constraint) => `${constraint.name} on ${table.name}`),
	);
	return [
		...riskOf(indexes, {
			id: "invalid-indexes",
			severity: "warning",
			what: `${plural(indexes.length, "invalid index", "invalid indexes")}: left by a CREATE INDEX CONCURRENTLY that failed`,
			todo: "REINDEX INDEX CONCURRENTLY, or drop it; a unique one may hide duplicates",
		}),
		...riskOf(constraints, {
			id: "unvalidated-constraints",
			severity: "warning",
			what: `${plural(constraints.length, "constraint")} NOT VALID: older rows may break ${constraints.length === 1 ? "it" : "them"}`,
			todo: "ALTER TABLE ... VALIDATE CONSTRAINT on the source, and mend the rows that it names",
		}),
	];
}

function behaviour(inventory: Inventory): readonly Risk[] {
	const own = ownTables(inventory);
	const triggers = migratedTables(inventory).flatMap(({ table }) =>
		table.triggers.map(
			(trigger) =>
				`${trigger.name} on ${table.name} calls ${trigger.function}${trigger.isEnabled ? "" : " (disabled)"}`,
		),
	);
	const secured = own.filter((table) => table.hasRowSecurity);
	return [
		...riskOf(triggers, {
			id: "triggers",
			severity: "warning",
			what: `${plural(triggers.length, "trigger")} on migrated tables`,
			todo: "find out what each does: the new system has to do it otherwise, and writing back to the source after the cutover would fire it",
		}),
		...riskOf(names(secured), {
			id: "source-row-security",
			severity: "warning",
			what: `${plural(secured.length, "table")} with row-level security`,
			todo: "let the migration read as a role with BYPASSRLS, or it misses rows; carry the policies over to the target",
		}),
	];
}

/** Statistics this far off mislead the planner, and every estimate of time. */
const tolerated = 0.2;
const smallTable = 1_000;

function estimates(tables: readonly TableFacts[]): readonly Risk[] {
	const off = tables.flatMap(({ name, kind, rows, estimatedRows }) => {
		if (kind !== "table" || rows === null || rows < smallTable) return [];
		const isClose =
			estimatedRows !== null &&
			Math.abs(rows - estimatedRows) <= rows * tolerated;
		return isClose
			? []
			: [
					`${name}: ${plural(rows, "row")} counted, ${estimatedRows === null ? "never analysed" : `${estimatedRows.toLocaleString("en-US")} estimated`}`,
				];
	});
	return riskOf(off, {
		id: "stale-statistics",
		severity: "note",
		what: `${plural(off.length, "table")} whose statistics are more than ${tolerated * 100} % off`,
		todo: "ANALYZE them on the source before the conversion; plans and times are guessed from these figures",
	});
}

function names(tables: readonly TableFacts[]): readonly string[] {
	return tables.map((table) => table.name);
}
