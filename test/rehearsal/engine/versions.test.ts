import assert from "node:assert/strict";
import { examineNode } from "../../../rehearsal/engine/doctor.ts";
import {
	parsePostgresVersion,
	postgresFits,
} from "../../../rehearsal/engine/postgres.ts";
import {
	engineFits,
	packageVersion,
	parseVersion,
	pinnedEngineVersion,
} from "../../../rehearsal/engine/versions.ts";

describe("The choice of versions", () => {
	for (const [version, fits] of [
		["v3.200.0", true],
		["3.250.0", true],
		["v3.250.0-dev.17", true],
		["v3.999.1", true],
		["v3.199.9", false],
		["v2.250.0", false],
		["v4.0.0", false],
		["", false],
		["unknown", false],
	] as const)
		it(`${fits ? "takes" : "refuses"} an engine of version "${version}"`, () => {
			assert.equal(engineFits(version), fits);
		});

	it("reads versions with and without a v, and nothing else", () => {
		assert.deepEqual(parseVersion(" v3.4.5\n"), [3, 4, 5]);
		assert.deepEqual(parseVersion("3.4.5+build"), [3, 4, 5]);
		assert.equal(parseVersion("3.4"), undefined);
	});

	it("builds an engine of the same version as the SDK", () => {
		assert.equal(pinnedEngineVersion(), packageVersion("@pulumi/pulumi"));
	});

	it("reads what PostgreSQL's programs say of themselves", () => {
		assert.equal(
			parsePostgresVersion("postgres (PostgreSQL) 15.20 (Debian 15.20-0)"),
			"15.20",
		);
		assert.equal(parsePostgresVersion("psql (PostgreSQL) 18beta1"), "18beta1");
		assert.equal(parsePostgresVersion("mysql 8"), undefined);
	});

	it("takes PostgreSQL 15 and newer", () => {
		assert.deepEqual(["14.9", "15.0", "18beta1"].map(postgresFits), [
			false,
			true,
			true,
		]);
	});

	it("takes Node 20.19 and newer", () => {
		const outcomes = ["v20.18.9", "v20.19.0", "v18.99.0", "v24.1.0"].map(
			(version) => examineNode(version).outcome,
		);
		assert.deepEqual(outcomes, ["failed", "passed", "failed", "passed"]);
	});
});
