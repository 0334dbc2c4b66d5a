import { createHash, type Hash } from "node:crypto";
import * as zlib from "node:zlib";

/** Checksums that S3 clients send with a body, over its bytes as they pass. */
export class Checksums {
	readonly #hashes: Readonly<Record<string, Hash>>;
	#crc32: number | undefined;

	constructor(names: readonly string[]) {
		this.#hashes = Object.fromEntries(
			["sha1", "sha256"]
				.filter((name) => names.includes(name))
				.map((name) => [name, createHash(name)]),
		);
		if (names.includes("crc32") && typeof zlib.crc32 === "function")
			this.#crc32 = 0;
	}

	update(chunk: Uint8Array): void {
		for (const hash of Object.values(this.#hashes)) hash.update(chunk);
		if (this.#crc32 !== undefined) this.#crc32 = zlib.crc32(chunk, this.#crc32);
	}

	/** Base64 by name; a kind that this runtime cannot compute is left out. */
	digest(): Readonly<Record<string, string>> {
		const result = Object.fromEntries(
			Object.entries(this.#hashes).map(([name, hash]) => [
				name,
				hash.digest("base64"),
			]),
		);
		if (this.#crc32 === undefined) return result;
		const bytes = Buffer.alloc(4);
		bytes.writeUInt32BE(this.#crc32);
		return { ...result, crc32: bytes.toString("base64") };
	}
}
