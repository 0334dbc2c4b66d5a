/** Hash formats that the sign-in server verifies: bcrypt ($2a$ $2b$ $2y$) and argon2id. */
const bcrypt = "^[$]2[aby][$](0[4-9]|[12][0-9]|3[01])[$][./A-Za-z0-9]+$";
/** Counted here and not in the pattern: counted repetitions are dear in PostgreSQL. */
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

/** Whether the format is known, as SQL condition. */
export function hasKnownHashSql(column: string): string {
	return `(length(${column}) = ${bcryptLength} AND ${column} ~ '${bcrypt}' OR ${column} ~ '${argon2id}')`;
}
