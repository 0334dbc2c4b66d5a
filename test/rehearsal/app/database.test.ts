import assert from "node:assert/strict";
import {
	beginText,
	isConnectionLoss,
} from "../../../rehearsal/app/backend/database.ts";
import { isStorableJson } from "../../../rehearsal/app/backend/text.ts";

const user = "11111111-2222-3333-8444-555555555555";

describe("a transaction of the backend", () => {
	it("acts as its user where row-level security is in force", () => {
		const text = beginText({ access: "write", as: user }, true);
		assert.match(text, /^begin; set local role authenticated; /);
		assert.ok(text.includes(`'request.jwt.claim.sub', '${user}', true`));
	});

	it("does not say read write, which would lift the fence", () => {
		for (const how of [{ as: user }, {}]) {
			assert.doesNotMatch(
				beginText({ access: "write", ...how }, true),
				/read write/,
			);
		}
	});

	it("refuses a user id that is no UUID instead of putting it into SQL", () => {
		assert.throws(
			() => beginText({ access: "read", as: "x'; drop table y; --" }, true),
			/UUID/,
		);
	});

	it("knows a lost connection from a refused statement", () => {
		const withCode = (code: string) => Object.assign(new Error("x"), { code });
		for (const code of ["57P01", "57P03", "08006", "ECONNRESET"]) {
			assert.equal(isConnectionLoss(withCode(code)), true, code);
		}
		for (const code of ["25006", "23505", "57014"]) {
			assert.equal(isConnectionLoss(withCode(code)), false, code);
		}
		assert.equal(
			isConnectionLoss(new Error("Connection terminated unexpectedly")),
			true,
		);
	});
});

describe("a step's config", () => {
	const table: readonly [unknown, boolean][] = [
		[{ region: "full", nested: [1, true, null, "ü😀"] }, true],
		[{ text: "a\0b" }, false],
		[{ "key\0": 1 }, false],
		[["\ud800"], false],
		[{ zoom: Number.POSITIVE_INFINITY }, false],
		[{ text: "\\u0000 written out" }, true],
	];
	for (const [value, storable] of table) {
		it(`${storable ? "is" : "is not"} storable: ${JSON.stringify(value)}`, () => {
			assert.equal(isStorableJson(value), storable);
		});
	}

	it("is not storable when it nests deeper than 50", () => {
		let value: unknown = 1;
		for (let depth = 0; depth < 60; depth++) value = [value];
		assert.equal(isStorableJson(value), false);
	});
});
