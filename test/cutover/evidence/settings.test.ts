import assert from "node:assert/strict";
import {
	attestSchema,
	waiveSchema,
} from "../../../cutover/src/evidence/settings.ts";

const about = {
	evidence: "evidence",
	stack: "prod",
	release: "2.0.0",
	trust: "trust.json",
	trustSha256: "a".repeat(64),
	item: "rollback-drill",
};

describe("what a person says in evidence", () => {
	for (const [what, schema, given] of [
		["a statement", attestSchema, { statement: "x".repeat(2001) }],
		["no statement", attestSchema, { statement: "" }],
		["a reason", waiveSchema, { reason: "x".repeat(2001) }],
		["a short reason", waiveSchema, { reason: "because" }],
	] as const) {
		it(`is refused before it is signed, not after: ${what} that no record may hold`, () => {
			const [[name]] = Object.entries(given) as [[string, string]];
			const parsed = schema.safeParse({ ...about, expiresHours: 1, ...given });
			assert.deepEqual(
				parsed.error?.issues.map(({ path }) => path.join(".")),
				[name],
			);
		});
	}

	it("may be as long as a record holds", () => {
		const statement = "x".repeat(2000);
		assert.ok(attestSchema.safeParse({ ...about, statement }).success);
	});
});
