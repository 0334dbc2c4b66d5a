import assert from "node:assert/strict";
import { generateSchema } from "../../rehearsal/cloud/schema/generate.ts";
import { awsSchema } from "../../rehearsal/cloud/schema/schema.ts";

describe("the provider's types", () => {
	it("are what the installed package declares; run rehearsal/cloud/schema/generate.ts after an upgrade", function () {
		this.timeout(30_000);
		assert.deepEqual(awsSchema, generateSchema());
	});
});
