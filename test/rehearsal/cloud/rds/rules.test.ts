import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkInstance } from "../../../../rehearsal/cloud/rds/instanceRules.ts";
import { instanceFolder } from "../../../../rehearsal/cloud/rds/instances.ts";
import {
	checkParameters,
	serverSettings,
} from "../../../../rehearsal/cloud/rds/parameters.ts";
import {
	requireSnapshotName,
	snapshotsFolder,
} from "../../../../rehearsal/cloud/rds/snapshots.ts";
import { createTestCloud } from "../testCloud.ts";

const inputs = {
	engine: "postgres",
	username: "trusted_login",
	manageMasterUserPassword: true,
	port: 5433,
};

describe("the rules of a database instance", () => {
	it("let a plain one pass", () => {
		assert.deepEqual(checkInstance(inputs), []);
	});

	for (const [property, change] of [
		["engine", { engine: "mysql" }],
		["username", { username: "rdsadmin" }],
		["username", { username: undefined }],
		["port", { port: 80 }],
		["password", { password: "x" }],
		["password", { manageMasterUserPassword: false }],
		["snapshotIdentifier", { snapshotIdentifier: "s" }],
		["identifier", { identifier: "Upper" }],
	] as const)
		it(`refuse ${JSON.stringify(change)}`, () => {
			assert.deepEqual(
				checkInstance({ ...inputs, ...change }).map((f) => f.property),
				[property],
			);
		});

	for (const identifier of ["../x", "a/b", "-a", "a--b", ""])
		it(`keep the identifier '${identifier}' out of every path`, () => {
			assert.throws(() => instanceFolder("/root", identifier), /identifier/);
		});

	it("turn RDS's parameters into the server's", () => {
		const settings = serverSettings(5433, [
			{ name: "rds.logical_replication", value: "1" },
			{ name: "work_mem", value: "8192" },
			{ name: "rds.force_ssl", value: "1" },
		]);
		assert.equal(settings.wal_level, "logical");
		assert.equal(settings.work_mem, "8192");
		assert.equal(settings.port, 5433);
		assert.ok(!("rds.force_ssl" in settings));
		assert.ok(!("wal_level" in serverSettings(1, [])));
	});

	it("refuse parameters that the engine does not have, or that are the service's", () => {
		const known = () => new Set(["work_mem"]);
		assert.deepEqual(
			checkParameters(
				{
					parameters: [
						{ name: "work_mem", value: "1" },
						{ name: "work_memm", value: "1" },
						{ name: "port", value: "1" },
					],
				},
				known,
			),
			[
				{
					property: "parameters[1].name",
					reason: "Could not find parameter with name: work_memm",
				},
				{
					property: "parameters[2].name",
					reason: "port cannot be modified",
				},
			],
		);
	});

	it("want a new name for every final snapshot", () => {
		const test = createTestCloud();
		try {
			const name = (outputs: Record<string, unknown>) =>
				requireSnapshotName(test.cloud, outputs);
			assert.equal(name({ skipFinalSnapshot: true }), undefined);
			assert.throws(() => name({}), /finalSnapshotIdentifier is required/);
			assert.equal(name({ finalSnapshotIdentifier: "last" }), "last");
			mkdirSync(join(snapshotsFolder(test.cloud), "last"), {
				recursive: true,
			});
			assert.throws(
				() => name({ finalSnapshotIdentifier: "last" }),
				/DBSnapshotAlreadyExists/,
			);
			assert.throws(
				() => name({ finalSnapshotIdentifier: "../x" }),
				/InvalidParameterValue/,
			);
		} finally {
			test.remove();
		}
	});
});
