import assert from "node:assert/strict";
import { disallowPublicDatabase } from "../../../policies/src/disallowPublicDatabase.ts";
import {
	compliantDatabase,
	databaseType,
	violationsOf,
} from "../violations.ts";

describe("disallowPublicDatabase", () => {
	it("accepts a compliant database", async () => {
		const messages = await violationsOf(
			disallowPublicDatabase(),
			databaseType,
			compliantDatabase,
		);
		assert.deepEqual(messages, []);
	});

	for (const publiclyAccessible of [true, undefined, "false"]) {
		it(`reports publiclyAccessible ${JSON.stringify(publiclyAccessible)}`, async () => {
			const [message, ...others] = await violationsOf(
				disallowPublicDatabase(),
				databaseType,
				{ ...compliantDatabase, publiclyAccessible },
			);
			assert.deepEqual(others, []);
			assert.ok(
				message?.startsWith(
					`trusted-login-db: expected publiclyAccessible false, got ${String(publiclyAccessible)}; set publiclyAccessible: false`,
				),
				message,
			);
		});
	}

	it("says nothing about other resources", async () => {
		const messages = await violationsOf(
			disallowPublicDatabase(),
			"aws:s3/bucket:Bucket",
			{},
		);
		assert.deepEqual(messages, []);
	});

	it("is mandatory", () => {
		assert.equal(disallowPublicDatabase().enforcementLevel, "mandatory");
	});
});
