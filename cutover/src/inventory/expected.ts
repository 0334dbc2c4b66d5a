import { type SourceTable, sourceTables } from "../convert/entities.ts";

/** Kinds of columns that the conversion reads, with the types that it can. */
const kinds = {
	integer: ["int2", "int4", "int8"],
	text: ["varchar", "text", "bpchar"],
	/** Cast to text before it is looked at. */
	json: ["varchar", "text", "bpchar", "json", "jsonb"],
	/** Without time zone: which zone is meant is a setting of the conversion. */
	time: ["timestamp"],
	flag: ["bool"],
} as const;

export type ExpectedKind = keyof typeof kinds;

/** The columns that the conversion reads. */
export const expectedColumns: Readonly<
	Record<SourceTable, Readonly<Record<string, ExpectedKind>>>
> = {
	legacy_users: {
		id: "integer",
		username: "text",
		email: "text",
		password_hash: "text",
		created_at: "time",
		last_login: "time",
		settings: "text",
	},
	workflows: {
		id: "integer",
		user_id: "integer",
		name: "text",
		description: "text",
		is_active: "flag",
		created_at: "time",
		updated_at: "time",
	},
	uploaded_files: {
		id: "integer",
		user_id: "integer",
		filename: "text",
		stored_path: "text",
		content_type: "text",
		size_bytes: "integer",
		created_at: "time",
	},
	workflow_steps: {
		id: "integer",
		workflow_id: "integer",
		position: "integer",
		type: "text",
		config: "json",
	},
};

/** The types that a column of this kind may have, as `pg_type` names them. */
export function typesOf(kind: ExpectedKind): readonly string[] {
	return kinds[kind];
}

/** A table's name as the conversion knows it, or undefined when it does not. */
export function wantedAs(
	name: string,
	found: Readonly<Record<string, string | null>>,
): SourceTable | undefined {
	return sourceTables.find((wanted) => found[wanted] === name);
}
