import type pg from "pg";

/** Tables that users are converted into. */
export const filledTables = [
	"auth.users",
	"auth.identities",
	"public.profiles",
	"cutover.identity_map",
] as const;

/** How to take the indexes of the filled tables away and make them again, as fast as PostgreSQL can. */
export interface LooseIndexes {
	readonly drop: readonly string[];
	/** Indexes, each apart from its constraint: made side by side, the largest tables first. */
	readonly build: readonly string[];
	/** Constraints put on finished indexes, and foreign keys declared: no work, one after the other. */
	readonly attach: readonly string[];
	/** Foreign keys checked: side by side. */
	readonly validate: readonly string[];
}

interface ConstraintRow {
	readonly kind: "p" | "u" | "f";
	readonly tab: string;
	readonly name: string;
	readonly definition: string;
	readonly index: string | null;
}

/** Reads the definitions from a target whose tables are still as the schema made them. */
export async function looseIndexes(session: pg.Client): Promise<LooseIndexes> {
	const among = `ANY('{${filledTables.join(",")}}'::regclass[])`;
	const constraints = await session.query<ConstraintRow>(
		`SELECT contype AS kind, conrelid::regclass::text AS tab, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition, CASE WHEN contype <> 'f' THEN pg_get_indexdef(conindid) END AS index
		FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND (conrelid = ${among} OR confrelid = ${among})
		ORDER BY contype <> 'f', array_position('{${filledTables.join(",")}}'::regclass[], conrelid), conname`,
	);
	const plain = await session.query<{ name: string; make: string }>(
		`SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS make FROM pg_index
		WHERE indrelid = ${among} AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
		ORDER BY array_position('{${filledTables.join(",")}}'::regclass[], indrelid), 1`,
	);
	const alter = (row: ConstraintRow) => `ALTER TABLE ${row.tab}`;
	const keys = constraints.rows.filter(({ kind }) => kind !== "f");
	const foreign = constraints.rows.filter(({ kind }) => kind === "f");
	return {
		drop: [
			...constraints.rows.map(
				(row) => `${alter(row)} DROP CONSTRAINT ${row.name}`,
			),
			...plain.rows.map(({ name }) => `DROP INDEX ${name}`),
		],
		build: [
			...keys.flatMap(({ index }) => index ?? []),
			...plain.rows.map(({ make }) => make),
		],
		attach: [
			...keys.map(
				(row) =>
					`${alter(row)} ADD CONSTRAINT ${row.name} ${row.kind === "p" ? "PRIMARY KEY" : "UNIQUE"} USING INDEX ${row.name}`,
			),
			...foreign.map(
				(row) =>
					`${alter(row)} ADD CONSTRAINT ${row.name} ${row.definition} NOT VALID`,
			),
		],
		validate: foreign.map(
			(row) => `${alter(row)} VALIDATE CONSTRAINT ${row.name}`,
		),
	};
}
