import { hasKnownHashSql } from "../conversion/passwordHash.ts";

/** Formats that the sign-in server verifies. */
const known: Readonly<Record<string, string>> = {
	bcrypt: "$2%",
	argon2id: "$argon2id$%",
};

/**
 * What other hashes look like, the first that fits. Told by their form alone: plain text that happens to have 32
 * hexadecimal digits passes for MD5.
 */
const others: readonly (readonly [name: string, pattern: string])[] = [
	["malformed or unsupported bcrypt", "^[$]2"],
	["malformed argon2id", "^[$]argon2id"],
	["argon2i or argon2d", "^[$]argon2"],
	["md5-crypt", "^[$](1|apr1)[$]"],
	["sha256-crypt", "^[$]5[$]"],
	["sha512-crypt", "^[$]6[$]"],
	["yescrypt", "^[$](y|7|gy)[$]"],
	["phpass", "^[$][PH][$]"],
	["scrypt", "^([$]scrypt[$]|scrypt:)"],
	["PBKDF2", "^([$]?pbkdf2)"],
	["SCRAM", "^SCRAM-"],
	["LDAP scheme", "^[{][A-Za-z0-9-]+[}]"],
	["MD5 (32 hexadecimal digits)", "^(md5)?[0-9a-fA-F]{32}$"],
	["SHA-1 (40 hexadecimal digits)", "^[0-9a-fA-F]{40}$"],
	["SHA-256 (64 hexadecimal digits)", "^[0-9a-fA-F]{64}$"],
	["SHA-512 (128 hexadecimal digits)", "^[0-9a-fA-F]{128}$"],
];

/** The name of a hash's format, as SQL expression; the hash itself stays on the server. */
export function hashFormatSql(column: string): string {
	const verified = Object.entries(known).map(
		([name, like]) => `WHEN ${column} LIKE '${like}' THEN '${name}'`,
	);
	const guessed = others.map(
		([name, pattern]) => `WHEN ${column} ~ '${pattern}' THEN '${name}'`,
	);
	return `CASE WHEN coalesce(${column}, '') = '' THEN 'missing' WHEN ${hasKnownHashSql(column)} THEN CASE ${verified.join(" ")} END ${guessed.join(" ")} ELSE 'unrecognised, perhaps plain text' END`;
}

/** Whether users with such a hash can sign in after the migration. */
export function isKnownFormat(format: string): boolean {
	return Object.hasOwn(known, format);
}
