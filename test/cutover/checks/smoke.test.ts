import assert from "node:assert/strict";
import { probes } from "../../../cutover/src/checks/smoke.ts";

describe("the smoke probes", () => {
	const judge = (
		kind: "frontend" | "backend",
		name: string,
		status: number,
		body = "",
	) =>
		probes[kind]
			.find((probe) => probe.name === name)
			?.judge({ status, headers: {}, body });

	it("want a sign-in to be refused", () => {
		assert.equal(judge("backend", "sign-in refused", 401), undefined);
		assert.equal(judge("backend", "sign-in refused", 200), "200");
		assert.equal(judge("backend", "sign-in refused", 500), "500");
	});

	it("want the sign-in page to be a page", () => {
		assert.equal(
			judge("frontend", "sign-in page", 200, "<!doctype html><html>"),
			undefined,
		);
		assert.equal(
			judge("frontend", "sign-in page", 200, "{}"),
			"200 without a page",
		);
		assert.equal(judge("frontend", "sign-in page", 404), "404");
	});

	it("tell what an unhealthy application says", () => {
		assert.equal(
			judge("backend", "health", 503, '{"database":"gone"}'),
			'503 {"database":"gone"}',
		);
	});
});
