import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLoopback } from "../../../cutover/src/checks/address.ts";
import { shortType } from "../../../cutover/src/checks/list/dataIntegrity.ts";
import { buildChecks } from "../../../cutover/src/checks/list/index.ts";
import { loadPlan } from "../../../cutover/src/checks/loadPlan.ts";
import { loadOwnChecks } from "../../../cutover/src/checks/ownChecks.ts";

describe("the plan of the checks", () => {
	it("is Trusted Login's where nobody says anything else", async () => {
		const plan = await loadPlan(undefined);
		assert.deepEqual(plan.before.tables, [
			"legacy_users",
			"workflows",
			"workflow_steps",
		]);
		assert.deepEqual(
			[plan.before.below, plan.after.below, plan.after.api],
			[500, 400, "/api/v2"],
		);
		const names = buildChecks("after", plan).map((spec) => spec.name);
		assert.equal(new Set(names).size, names.length);
		for (const name of ["sign-in", "header X-Frame-Options", "/api/v1 Sunset"])
			assert.ok(names.includes(name), name);
	});

	it("takes what a team names and keeps the rest", async () => {
		const plan = await loadPlan(
			'{"after": {"tables": ["public.things"]}, "versions": false}',
		);
		assert.deepEqual(plan.after.tables, ["public.things"]);
		assert.equal(plan.after.below, 400);
		const names = buildChecks("after", plan).map((spec) => spec.name);
		assert.ok(!names.some((name) => name.startsWith("/api/v1 ")));
	});

	it("names every bad key, and takes no password", async () => {
		await assert.rejects(
			loadPlan(
				'{"afterwards": {}, "accounts": {"user": {"email": "a@b", "passwordEnv": "X", "password": "p"}}}',
			),
			(error: Error) =>
				error.name === "UsageError" &&
				/afterwards/.test(error.message) &&
				/password/.test(error.message),
		);
		await assert.rejects(loadPlan("no/such/file.yaml"), /cannot read no\/such/);
	});
});

describe("a check of a team's own", () => {
	let folder: string;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-own-"));
	});
	afterEach(() => rm(folder, { recursive: true, force: true }));

	const load = async (text: string) => {
		await writeFile(join(folder, "own.mjs"), text);
		const known = buildChecks("after", await loadPlan(undefined));
		return await loadOwnChecks(folder, "after", known);
	};

	for (const [what, text, fault] of [
		["cannot be loaded", "export default {", /cannot load .*own\.mjs/],
		[
			"is of another shape",
			"export default { name: 1 }",
			/own\.mjs has to default-export/,
		],
		[
			"has a name that is taken",
			'export default { name: "sign-in", group: "x", expected: "x", run() {} }',
			/there is a check "sign-in" already/,
		],
		[
			"needs what is not there",
			'export default { name: "x", group: "x", expected: "x", needs: ["y"], run() {} }',
			/"x" needs "y", which is no check of this phase/,
		],
	] as const)
		it(`is refused when it ${what}`, async () => {
			await assert.rejects(load(text), { name: "UsageError", message: fault });
		});

	it("is left out in another phase", async () => {
		const specs = await load(
			'export default { name: "x", group: "x", expected: "x", phases: ["before"], run() {} }',
		);
		assert.deepEqual(specs, []);
	});

	it("is missed when there is no such folder", async () => {
		await assert.rejects(
			loadOwnChecks(join(folder, "none"), "after", []),
			/--checks-dir: cannot read/,
		);
	});
});

describe("the names of types and hosts", () => {
	it("have one spelling", () => {
		for (const [long, short] of [
			["character varying(255)", "varchar(255)"],
			["character varying", "varchar"],
			["timestamp with time zone", "timestamptz"],
			["timestamp(3) without time zone", "timestamp(3)"],
			["int8", "bigint"],
			["UUID", "uuid"],
		])
			assert.equal(shortType(long ?? ""), short);
	});

	it("tell this machine from others", () => {
		for (const host of ["localhost", "127.0.0.1", "127.3.2.1", "[::1]"])
			assert.equal(isLoopback(host), true, host);
		for (const host of ["api.trusted-login.com", "10.0.0.1", "127.evil.com"])
			assert.equal(isLoopback(host), false, host);
	});
});
