import type { CatalogObject } from "./catalog.ts";
import type { DescribedObject } from "./description.ts";

/** What to do about a difference: a statement where one is enough, else the way. Nothing is done by the program. */
export const remedyOf = { missing, different, unexpected };

function missing(one: DescribedObject): string {
	const { kind, name, on, is } = one;
	switch (kind) {
		case "role":
			return `CREATE ROLE ${name} ${is["sign-in"] === "allowed" ? "LOGIN" : "NOLOGIN"}`;
		case "membership":
			return `GRANT ${on} TO ${name}`;
		case "column":
			return `ALTER TABLE ${on} ADD COLUMN ${name} ${columnText(one)}; its values, if there were any, are in the backup`;
		case "index":
			return createIndex(one);
		case "constraint":
			return `ALTER TABLE ${on} ADD CONSTRAINT ${name} ${is.definition}`;
		case "policy":
			return createPolicy(one);
		case "grant":
			return `GRANT ${is.privileges} ON ${on} TO ${name}`;
		case "trigger":
			return `${is.definition}`;
		default:
			return `make it again as ${one.madeBy}.sql does; its rows, if there were any, are in the backup`;
	}
}

function different(
	one: DescribedObject,
	{ property, actual }: { readonly property: string; readonly actual: string },
): string {
	const { kind, name, on, is } = one;
	const wanted = is[property];
	switch (kind) {
		case "column":
			return alterColumn(one, property);
		case "table":
			return alterTable(name, property, wanted);
		case "role":
			return `ALTER ROLE ${name} ${roleOption(property, wanted)}`;
		case "index":
			return property === "valid"
				? `REINDEX INDEX CONCURRENTLY ${name}`
				: `DROP INDEX CONCURRENTLY ${name}; ${createIndex(one)}`;
		case "constraint":
			if (property === "validated") {
				return `ALTER TABLE ${on} VALIDATE CONSTRAINT ${name}`;
			}
			if (property === "enforced") {
				return `ALTER TABLE ${on} ENABLE TRIGGER ALL, and on the table it refers to; then cutover validate`;
			}
			return `ALTER TABLE ${on} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} ${is.definition}`;
		case "policy":
			return `BEGIN; DROP POLICY ${name} ON ${on}; ${createPolicy(one)}; COMMIT`;
		case "sequence":
			return alterSequence(one, property);
		case "grant":
			return changeGrant(one, actual);
		default:
			return `make it as ${one.madeBy}.sql does`;
	}
}

function unexpected(one: CatalogObject): string {
	const { kind, name, on, is } = one;
	const unless = "keep it if somebody needs it, else";
	switch (kind) {
		case "column":
			return `${unless} ALTER TABLE ${on} DROP COLUMN ${name} (its values go with it)`;
		case "index":
			return `${unless} DROP INDEX CONCURRENTLY ${name}`;
		case "constraint":
			return `${unless} ALTER TABLE ${on} DROP CONSTRAINT ${name}`;
		case "policy":
			return `it lets in, or keeps out, whom the application does not expect: DROP POLICY ${name} ON ${on}`;
		case "grant":
			return `REVOKE ${is.privileges} ON ${on} FROM ${name}`;
		case "trigger":
			return `${unless} DROP TRIGGER ${name} ON ${on}`;
		case "table":
			return `${unless} DROP ${(is.type ?? "table").replace("partitioned ", "").toUpperCase()} ${name}${/table$/.test(is.type ?? "") ? " after saving its rows" : ""}`;
		default:
			return `${unless} DROP ${kind.toUpperCase()} ${name}`;
	}
}

function columnText({ is }: CatalogObject): string {
	return [
		is.type,
		...(is.generated === undefined ? [] : [generatedText(is.generated)]),
		...(is.default === undefined ? [] : [`DEFAULT ${is.default}`]),
		...(is.identity === undefined
			? []
			: [`GENERATED ${is.identity} AS IDENTITY`]),
		...(is.nullable === "yes" ? [] : ["NOT NULL"]),
	].join(" ");
}

/** `expression STORED` as a column's definition has it. */
function generatedText(generated: string): string {
	const at = generated.lastIndexOf(" ");
	return `GENERATED ALWAYS AS (${generated.slice(0, at)})${generated.slice(at)}`;
}

function alterColumn(one: CatalogObject, property: string): string {
	const { name, on, is } = one;
	const alter = `ALTER TABLE ${on} ALTER ${name}`;
	switch (property) {
		case "type":
		case "collation":
			return `${alter} TYPE ${is.type}${is.collation === undefined ? "" : ` COLLATE ${is.collation}`}; this rewrites the table behind a lock when the values change`;
		case "nullable":
			return `${alter} ${is.nullable === "yes" ? "DROP" : "SET"} NOT NULL`;
		case "default":
			return is.default === undefined
				? `${alter} DROP DEFAULT`
				: `${alter} SET DEFAULT ${is.default}`;
		case "identity":
			return is.identity === undefined
				? `${alter} DROP IDENTITY`
				: `${alter} SET GENERATED ${is.identity}, or where it has no identity: ${alter} ADD GENERATED ${is.identity} AS IDENTITY and set its sequence behind the highest id`;
		case "statistics":
			return `${alter} SET STATISTICS ${is.statistics ?? -1}`;
		default:
			return is.generated === undefined
				? `${alter} DROP EXPRESSION`
				: `ALTER TABLE ${on} DROP COLUMN ${name}, ADD COLUMN ${name} ${columnText(one)}`;
	}
}

function alterTable(
	name: string,
	property: string,
	wanted: string | undefined,
): string {
	const alter = `ALTER TABLE ${name}`;
	if (property === "row-level security") {
		return `${alter} ${wanted === undefined ? "DISABLE" : "ENABLE"} ROW LEVEL SECURITY`;
	}
	if (property === "row-level security of the owner") {
		return `${alter} ${wanted === undefined ? "NO FORCE" : "FORCE"} ROW LEVEL SECURITY`;
	}
	if (property === "storage") {
		return `${alter} SET ${wanted === undefined ? "LOGGED" : "UNLOGGED"}; until then a crash of the server empties it`;
	}
	return "rename what is there, make the table anew and move its rows";
}

function roleOption(property: string, wanted: string | undefined): string {
	if (property === "superuser") return "NOSUPERUSER";
	if (property === "bypasses row-level security") return "NOBYPASSRLS";
	return wanted === "allowed" ? "LOGIN" : "NOLOGIN";
}

function createIndex({ name, is }: CatalogObject): string {
	const own = name.slice(name.indexOf(".") + 1);
	return `${is.definition ?? ""}`.replace(
		" INDEX ON ",
		() => ` INDEX CONCURRENTLY ${own} ON `,
	);
}

function createPolicy({ name, on, is }: CatalogObject): string {
	return [
		`CREATE POLICY ${name} ON ${on}`,
		...(is.kind === "PERMISSIVE" ? [] : [`AS ${is.kind}`]),
		`FOR ${is.command} TO ${is.roles}`,
		...(is.using === undefined ? [] : [`USING (${is.using})`]),
		...(is.check === undefined ? [] : [`WITH CHECK (${is.check})`]),
	].join(" ");
}

function alterSequence({ name, is }: CatalogObject, property: string): string {
	const alter = `ALTER SEQUENCE ${name}`;
	switch (property) {
		case "type":
			return `${alter} AS ${is.type}`;
		case "increment":
			return `${alter} INCREMENT ${is.increment}`;
		case "minimum":
			return `${alter} MINVALUE ${is.minimum}`;
		case "maximum":
			return `${alter} MAXVALUE ${is.maximum}`;
		default:
			return `${alter} ${is.cycle === undefined ? "NO CYCLE" : "CYCLE"}`;
	}
}

/** What to grant and what to take back so that exactly the wanted privileges are left. */
function changeGrant({ name, on, is }: CatalogObject, actual: string): string {
	const wanted = (is.privileges ?? "").split(", ");
	const present = actual.split(", ");
	const lacking = wanted.filter((one) => !present.includes(one));
	const surplus = present.filter((one) => !wanted.includes(one));
	return [
		...(surplus.length === 0
			? []
			: [
					`REVOKE ${surplus.join(", ").replaceAll(" WITH GRANT OPTION", "")} ON ${on} FROM ${name}`,
				]),
		...(lacking.length === 0
			? []
			: [`GRANT ${lacking.join(", ")} ON ${on} TO ${name}`]),
	].join("; ");
}
