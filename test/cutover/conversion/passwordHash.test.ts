import assert from "node:assert/strict";
import { hashFormat } from "../../../cutover/src/conversion/passwordHash.ts";

describe("hashFormat", () => {
	const tail = "k1NCTZNy8qpDvizYB8HbCe8tQ8jbANk1NCTZNy8qpDvizYB8HbCe8";
	const table: readonly (readonly [
		string,
		string | null,
		string | undefined,
	])[] = [
		["bcrypt 2a", `$2a$10$${tail}`, "bcrypt"],
		["bcrypt 2b", `$2b$12$${tail}`, "bcrypt"],
		["bcrypt 2y", `$2y$04$${tail}`, "bcrypt"],
		["bcrypt 2x", `$2x$10$${tail}`, undefined],
		["bcrypt of an impossible cost", `$2b$03$${tail}`, undefined],
		["bcrypt cut short", `$2b$10$${tail.slice(1)}`, undefined],
		[
			"argon2id",
			"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g",
			"argon2id",
		],
		[
			"argon2i",
			"$argon2i$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g",
			undefined,
		],
		["md5", "5f4dcc3b5aa765d61d8327deb882cf99", undefined],
		["plain text", "letmein", undefined],
		["nothing", "", undefined],
		["NULL", null, undefined],
	];
	for (const [what, hash, expected] of table) {
		it(`knows ${what} as ${expected ?? "unknown"}`, () => {
			assert.equal(hashFormat(hash), expected);
		});
	}
});
