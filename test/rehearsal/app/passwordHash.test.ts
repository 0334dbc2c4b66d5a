import assert from "node:assert/strict";
import {
	hashPassword,
	verifyPassword,
} from "../../../rehearsal/app/backend/passwordHash.ts";
import { knownAccounts } from "../../../rehearsal/seed/accounts.ts";

describe("a password", () => {
	const byHash = new Map(
		knownAccounts.map((known) => [known.passwordHash, known]),
	);
	for (const { password, passwordHash } of byHash.values()) {
		it(`of a known account belongs to its hash: ${passwordHash.slice(0, 10)}… of ${password}`, async () => {
			assert.equal(await verifyPassword(password, passwordHash), true);
		});
	}

	it("belongs to the hash made of it", async () => {
		const hash = await hashPassword("pässwörd 1");
		assert.match(hash, /^\$2[ab]\$10\$/);
		assert.equal(await verifyPassword("pässwörd 1", hash), true);
		assert.equal(await verifyPassword("pässwörd 2", hash), false);
	});

	for (const hash of [
		"letmein",
		"5f4dcc3b5aa765d61d8327deb882cf99",
		"",
		"$2b$10$short",
		"$argon2id$broken",
	]) {
		it(`never belongs to a hash of unknown format: ${JSON.stringify(hash)}`, async () => {
			assert.equal(await verifyPassword("letmein", hash), false);
		});
	}

	it("above 72 bytes is refused, because bcrypt would cut it", async () => {
		const hash = await hashPassword("a".repeat(72));
		assert.equal(await verifyPassword("a".repeat(73), hash), false);
	});
});
