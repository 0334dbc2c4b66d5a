import { createHash } from "node:crypto";

/** Namespace of the users' UUIDs, unless the stack sets another. Once users are loaded it must never change. */
export const defaultNamespace = "6f2b1c9e-4d0a-5b7e-9c31-7a1e2d3f4b5c";

/** What a legacy id stands behind when it is hashed. */
const named = "legacy_users:";

/** The UUID (version 3, name-based) that a legacy user has on the target: the same on every run. */
export function userUuid(
	legacyId: number | bigint | string,
	namespace: string = defaultNamespace,
): string {
	const hash = createHash("md5")
		.update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
		.update(`${named}${legacyId}`)
		.digest();
	hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x30;
	hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
	const hex = hash.toString("hex");
	return [
		hex.slice(0, 8),
		hex.slice(8, 12),
		hex.slice(12, 16),
		hex.slice(16, 20),
		hex.slice(20),
	].join("-");
}

/** First half of `userUuid` in SQL: the hash as bytes, over a column that holds the legacy id. */
export function userHashSql(idColumn: string, namespace: string): string {
	const before = Buffer.concat([
		Buffer.from(namespace.replaceAll("-", ""), "hex"),
		Buffer.from(named),
	]).toString("hex");
	return `decode(md5('\\x${before}'::bytea || ${idColumn}::text::bytea), 'hex')`;
}

/** Second half: the UUID, over a column that holds the hash. On bytes, since cutting up text costs the server thrice as much. */
export function uuidOfHashSql(hash: string): string {
	// Byte 6 holds the version, byte 8 the variant in its two highest bits.
	const versioned = `set_byte(${hash}, 6, get_byte(${hash}, 6) & 15 | 48)`;
	return `encode(set_byte(${versioned}, 8, get_byte(${hash}, 8) & 63 | 128), 'hex')::uuid`;
}

/** Whether a text is a UUID in the usual form. */
export function isUuid(text: string): boolean {
	return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
