import { z } from "zod";

/**
 * Which tables and columns of the source become which of the target. It is configuration, so that another legacy system
 * needs no code; without one, it is the mapping of Trusted Login (`trustedLogin.ts`).
 */

const name = z
	.string()
	.min(1)
	.max(63)
	.refine((text) => !text.includes("\u0000"), "expected a name");

/** A table, with its schema in front unless it is found on the search path. */
const tableName = z
	.string()
	.regex(/^[^.\0]+([.][^.\0]+)?$/, "expected table or schema.table");

/** What a value becomes on its way. A value that does not fit sends its row into the quarantine. */
const form = z
	.string()
	.regex(
		/^(text|varchar\(\d+\)|boolean|integer|bigint|numeric|uuid|bytea|time|json)$/,
		"expected text, varchar(n), boolean, integer, bigint, numeric, uuid, bytea, time (read in the configured zone) or json",
	);

const column = z
	.union([form, z.strictObject({ from: name, as: form })])
	.describe("a form, or {from, as} where the source's column has another name");

const preference = z
	.strictObject({
		from: name,
		type: z.enum(["string", "boolean", "number"]),
		default: z.union([z.string(), z.boolean(), z.number()]),
		/** Users without readable settings do not get this key at all. */
		onlyWithSettings: z.boolean().default(false),
	})
	.refine(
		(one) => typeof one.default === one.type,
		"expected a default of the preference's own type",
	);

const users = z.strictObject({
	source: tableName,
	id: name.default("id"),
	username: name.nullable(),
	email: name,
	passwordHash: name,
	createdAt: name,
	lastSignIn: name,
	/** Text that holds a JSON object; null where there is none. */
	settings: name.nullable(),
	/** Keys of `profiles.preferences`, each from a key of the settings. */
	preferences: z.record(name, preference),
});

const table = z.strictObject({
	/** What reports call its rows: `workflows`. */
	label: name,
	source: tableName,
	target: tableName,
	/** Integer key; the row keeps it. */
	id: name.default("id"),
	/** The row goes where its owner goes: a user, or a row of a table named earlier. */
	owner: z.strictObject({
		of: tableName,
		/** Column of the source that names the owner. */
		from: name,
		/** Column of the target. */
		to: name,
	}),
	columns: z.record(name, column),
	/** Columns of the source that say where an uploaded file lies, when every row stands for one. */
	file: z.strictObject({ path: name, size: name }).optional(),
});

export const mappingSchema = z
	.strictObject({ users, tables: z.array(table) })
	.superRefine((mapping, context) => {
		const known = [mapping.users.source];
		for (const [
			at,
			{ source, owner, file, label },
		] of mapping.tables.entries()) {
			const report = (path: string, message: string) =>
				context.addIssue({
					code: "custom",
					path: ["tables", at, path],
					message,
				});
			if (known.includes(source)) report("source", `${source} is named twice`);
			if (!known.includes(owner.of))
				report("owner", `expected ${known.join(" or ")}, got ${owner.of}`);
			if (file && owner.of !== mapping.users.source)
				report("file", "files belong to users");
			if (mapping.tables.findIndex((one) => one.label === label) < at)
				report("label", `${label} is named twice`);
			known.push(source);
		}
		if (mapping.tables.filter((one) => one.file).length > 1)
			context.addIssue({
				code: "custom",
				path: ["tables"],
				message: "only one table can stand for files",
			});
	});

export type Mapping = z.infer<typeof mappingSchema>;
export type UserMapping = Mapping["users"];
export type TableMapping = Mapping["tables"][number];
export type Preference = UserMapping["preferences"][string];

/** Every table of the source, owners before what they own. */
export function sourceTables(mapping: Mapping): readonly string[] {
	return [mapping.users.source, ...mapping.tables.map((one) => one.source)];
}

/** One column on its way: target, source and form. */
export interface ColumnMapping {
	readonly to: string;
	readonly from: string;
	readonly as: string;
}

/** A table's columns besides its key and its owner. */
export function columnsOf(table: TableMapping): readonly ColumnMapping[] {
	return Object.entries(table.columns).map(([to, given]) =>
		typeof given === "string"
			? { to, from: to, as: given }
			: { to, from: given.from, as: given.as },
	);
}

/** Longest text that a form takes, in characters; undefined without limit. */
export function maxLength(as: string): number | undefined {
	const length = /^varchar\((\d+)\)$/.exec(as)?.[1];
	return length === undefined ? undefined : Number(length);
}
