/** Hash formats that the sign-in server verifies: bcrypt ($2a$ $2b$ $2y$) and argon2id. */
const bcrypt = "^[$]2[aby][$](0[4-9]|[12][0-9]|3[01])[$][./A-Za-z0-9]+$";
const bcryptLength = 60;
const argon2id =
	"^[$]argon2id[$]v=(16|19)[$]m=[0-9]+,t=[0-9]+,p=[0-9]+[$][A-Za-z0-9+/]+[$][A-Za-z0-9+/]+$";

const bcryptMatcher = new RegExp(bcrypt);
const argon2idMatcher = new RegExp(argon2id);

/** The format of a stored password hash, or undefined when nobody here can verify it. */
export function hashFormat(
	hash: string | null | undefined,
): "bcrypt" | "argon2id" | undefined {
	if (hash === null || hash === undefined) return undefined;
	if (hash.length === bcryptLength && bcryptMatcher.test(hash)) return "bcrypt";
	if (argon2idMatcher.test(hash)) return "argon2id";
	return undefined;
}

/** Whether the format is known, as SQL condition over text. */
export function hasKnownHashSql(column: string): string {
	return `(${isBcryptSql(column)} OR ${column} ~ '${argon2id}')`;
}

/**
 * The pattern taken apart. PostgreSQL pays for every kind of character at every place of a pattern anew with each row: a list
 * of beginnings, and one kind for the rest, take it half the time.
 */
function isBcryptSql(column: string): string {
	const begin = `left(${column}, 7) = ANY('{${bcryptBegins.join(",")}}'::text[])`;
	const rest = `${column} NOT LIKE '${"_".repeat(7)}%$%' AND ${column} !~ '[^$./A-Za-z0-9]'`;
	return `octet_length(${column}) = ${bcryptLength} AND ${begin} AND ${rest}`;
}

/** `$2b$10$`: the three versions with every cost from 4 to 31. */
const bcryptBegins = ["a", "b", "y"].flatMap((version) =>
	Array.from(
		{ length: 28 },
		(_, nth) => `$2${version}$${String(nth + 4).padStart(2, "0")}$`,
	),
);
