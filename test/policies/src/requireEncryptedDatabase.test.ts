import assert from "node:assert/strict";
import { requireEncryptedDatabase } from "../../../policies/src/requireEncryptedDatabase.ts";
import {
	compliantDatabase,
	databaseType,
	violationsOf,
} from "../violations.ts";

describe("requireEncryptedDatabase", () => {
	it("accepts a compliant database", async () => {
		const messages = await violationsOf(
			requireEncryptedDatabase(),
			databaseType,
			compliantDatabase,
		);
		assert.deepEqual(messages, []);
	});

	for (const storageEncrypted of [false, undefined, "true"]) {
		it(`reports storageEncrypted ${JSON.stringify(storageEncrypted)}`, async () => {
			const [message, ...others] = await violationsOf(
				requireEncryptedDatabase(),
				databaseType,
				{ ...compliantDatabase, storageEncrypted },
			);
			assert.deepEqual(others, []);
			assert.ok(
				message?.startsWith(
					`trusted-login-db: expected storageEncrypted true, got ${String(storageEncrypted)}; set storageEncrypted: true`,
				),
				message,
			);
		});
	}

	it("says nothing about other resources", async () => {
		const messages = await violationsOf(
			requireEncryptedDatabase(),
			"aws:s3/bucket:Bucket",
			{},
		);
		assert.deepEqual(messages, []);
	});

	it("is mandatory", () => {
		assert.equal(requireEncryptedDatabase().enforcementLevel, "mandatory");
	});
});
