import assert from "node:assert/strict";
import fc from "fast-check";
import { isUuid, userUuid } from "../../../cutover/src/conversion/identity.ts";

describe("userUuid", () => {
	it("follows RFC 9562 for a known name in the DNS namespace", () => {
		// Another name under another namespace would be another user: this must never change.
		assert.equal(
			userUuid(1, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
			"29604670-9362-3bd2-97a8-7811ac9aeba1",
		);
	});

	it("keeps the id of user 1 in the usual namespace", () => {
		assert.equal(userUuid(1), userUuid("1"));
		assert.equal(userUuid(1), "1339a14c-dda0-3a3b-b49c-f7abdd3a5e14");
	});

	it("is a version 3 UUID for every id, and another for every other", () => {
		fc.assert(
			fc.property(fc.nat(), fc.nat(), (one, other) => {
				const uuid = userUuid(one);
				assert.ok(isUuid(uuid));
				assert.match(uuid, /^.{14}3.{4}[89ab]/);
				if (one !== other) assert.notEqual(uuid, userUuid(other));
			}),
		);
	});
});
