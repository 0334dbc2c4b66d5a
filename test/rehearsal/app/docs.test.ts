import assert from "node:assert/strict";
import { openApiDocument } from "../../../rehearsal/app/backend/routes/docs.ts";

describe("the description of the API", () => {
	it("has version 1 only on the legacy system", () => {
		const { paths } = openApiDocument({ schema: "legacy", release: "legacy" });
		assert.ok(paths["/api/v1/workflows"]);
		assert.equal(paths["/api/v2/workflows"], undefined);
		assert.ok(!JSON.stringify(paths).includes("deprecated"));
	});

	it("has both on the current one, the first marked as deprecated", () => {
		const { paths } = openApiDocument({ schema: "current", release: "2.0.0" });
		assert.ok(
			JSON.stringify(paths["/api/v1/workflows"]).includes("deprecated"),
		);
		assert.ok(
			!JSON.stringify(paths["/api/v2/workflows"]).includes("deprecated"),
		);
		assert.deepEqual(Object.keys(paths["/api/v2/workflows/{id}"] ?? {}), [
			"get",
			"put",
			"delete",
		]);
	});
});
