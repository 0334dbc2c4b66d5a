import type { CatalogObject } from "./catalog.ts";
import type { DescribedObject } from "./description.ts";

/** Columns that the conversion, the checks and the backend read or write where Supabase Auth made the tables. */
export const neededColumns: Readonly<Record<string, readonly string[]>> = {
	"auth.users": [
		"id",
		"instance_id",
		"aud",
		"role",
		"email",
		"encrypted_password",
		"email_confirmed_at",
		"confirmation_token",
		"recovery_token",
		"email_change_token_new",
		"email_change",
		"last_sign_in_at",
		"raw_app_meta_data",
		"raw_user_meta_data",
		"created_at",
		"updated_at",
		"is_sso_user",
	],
	"auth.identities": [
		"id",
		"provider_id",
		"user_id",
		"identity_data",
		"provider",
		"last_sign_in_at",
		"created_at",
		"updated_at",
	],
};

/** What keeps rows apart: without these a repeated conversion could double them. */
const neededDefinitions = [
	"PRIMARY KEY (id)",
	"UNIQUE (provider_id, provider)",
	"CREATE UNIQUE INDEX ON auth.users USING btree (email) WHERE (is_sso_user = false)",
];

/** Properties of columns that matter there: defaults and statistics are Supabase Auth's own. */
const neededProperties: Readonly<Record<string, readonly string[]>> = {
	table: ["type"],
	column: ["type"],
	function: ["returns"],
	index: ["definition", "valid"],
	constraint: ["definition", "validated", "enforced"],
	grant: ["privileges"],
};

const isAuth = (object: CatalogObject): boolean =>
	[object.name, object.on].some((name) => name.startsWith("auth."));

/** Of what our own migrations would make in `auth`, only what the conversion needs. */
export function neededOfSupabase(
	objects: readonly DescribedObject[],
): readonly DescribedObject[] {
	return objects
		.filter((object) => !isAuth(object) || isNeeded(object))
		.filter(({ kind, on }) => kind !== "grant" || !on.includes(" auth."))
		.map((object) => (isAuth(object) ? withNeededProperties(object) : object));
}

/** The live counterpart: properties that are not asked for are not compared. */
export function comparableOfSupabase(
	objects: readonly CatalogObject[],
): readonly CatalogObject[] {
	return objects.map((object) =>
		isAuth(object) ? withNeededProperties(object) : object,
	);
}

function isNeeded(object: CatalogObject): boolean {
	switch (object.kind) {
		case "column":
			return neededColumns[object.on]?.includes(object.name) === true;
		case "index":
		case "constraint":
			return neededDefinitions.includes(object.is.definition ?? "");
		default:
			return object.kind === "table" || object.kind === "function";
	}
}

function withNeededProperties<T extends CatalogObject>(object: T): T {
	const needed = neededProperties[object.kind];
	if (needed === undefined) return object;
	const is = Object.entries(object.is).filter(([name]) =>
		needed.includes(name),
	);
	return { ...object, is: Object.fromEntries(is) };
}
