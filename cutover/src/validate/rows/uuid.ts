import { hash } from "node:crypto";
import type { Wire } from "./wire.ts";

/**
 * Gives the UUID of each legacy user: name-based, version 3, over `legacy_users:<id>`.
 *
 * @param others UUIDs by legacy id of users who were born on the target and carried back: they keep theirs.
 */
export function createUserUuids(
	namespace: string,
	others: ReadonlyMap<string, Wire> = new Map(),
): (id: string) => Wire {
	const space = Buffer.from(namespace.replaceAll("-", ""), "hex");
	const bytes = Buffer.alloc(space.length + 64);
	space.copy(bytes);
	const nameAt =
		space.length + bytes.write("legacy_users:", space.length, "latin1");
	return (id) => {
		const other = others.size === 0 ? undefined : others.get(id);
		if (other !== undefined) return other;
		const end = nameAt + bytes.write(id, nameAt, "latin1");
		const hex = hash("md5", bytes.subarray(0, end), "hex");
		// Two bits of the ninth byte say that the rest follows the standard.
		const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) & 3);
		return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-3${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
	};
}

/** Whether the bytes at the start of a row are a UUID of version 3: users born on the target have others. */
export function startsWithOurUuid(row: Buffer): boolean {
	return row[14] === 0x33;
}

/** The same where some of the source's users have other UUIDs. */
export function startsWithOneOf(
	others: Iterable<Wire>,
): (row: Buffer) => boolean {
	const known = new Set(others);
	if (known.size === 0) return startsWithOurUuid;
	return (row) =>
		startsWithOurUuid(row) || known.has(row.toString("latin1", 0, 36));
}
