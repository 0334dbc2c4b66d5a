import assert from "node:assert/strict";
import { parseSettings } from "@trusted-login/settings";
import { Database } from "../../../components/database/database.ts";
import { programIn } from "../programs.ts";
import { record, stackConfig } from "../recording.ts";

const INSTANCE = "aws:rds/instance:Instance";
const PARAMETERS = "aws:rds/parameterGroup:ParameterGroup";

describe("Database", () => {
	it("is encrypted, private, protected and keeps a final snapshot", async () => {
		const program = await programIn("provision");
		const { inputs, protect } = program.get(INSTANCE, "trusted-login-db");
		assert.equal(inputs.storageEncrypted, true);
		assert.equal(inputs.publiclyAccessible, false);
		assert.equal(inputs.multiAz, true);
		assert.equal(inputs.deletionProtection, true);
		assert.equal(inputs.skipFinalSnapshot, false);
		assert.equal(
			inputs.finalSnapshotIdentifier,
			"trusted-login-final-snapshot",
		);
		assert.equal(protect, true);
	});

	it("has the figures of the plan", async () => {
		const program = await programIn("provision");
		const { inputs } = program.get(INSTANCE, "trusted-login-db");
		assert.deepEqual(
			[
				inputs.engine,
				inputs.engineVersion,
				inputs.instanceClass,
				inputs.allocatedStorage,
				inputs.maxAllocatedStorage,
				inputs.dbName,
				inputs.backupRetentionPeriod,
			],
			["postgres", "15", "db.t3.micro", 20, 100, "trusted_login", 7],
		);
	});

	it("leaves the password to RDS, so that no input ever holds one", async () => {
		const program = await programIn("live");
		const { inputs } = program.get(INSTANCE, "trusted-login-db");
		assert.equal(inputs.manageMasterUserPassword, true);
		for (const key of ["password", "passwordWo", "snapshotIdentifier"]) {
			assert.equal(key in inputs, false, key);
		}
	});

	it("lives in the private subnets", async () => {
		const program = await programIn("provision");
		const { inputs } = program.get(
			"aws:rds/subnetGroup:SubnetGroup",
			"trusted-login-db",
		);
		assert.deepEqual(inputs.subnetIds, [
			"trusted-login-private-1-id",
			"trusted-login-private-2-id",
		]);
	});

	it("insists on TLS and is ready for logical replication", async () => {
		const program = await programIn("provision");
		assert.deepEqual(
			program.get(PARAMETERS, "trusted-login-db").inputs.parameters,
			[
				{
					name: "rds.logical_replication",
					value: "1",
					applyMethod: "pending-reboot",
				},
				{ name: "rds.force_ssl", value: "1", applyMethod: "immediate" },
			],
		);
	});

	it("is unprotected only where the stack file says so", async () => {
		const { database: settings } = parseSettings(
			stackConfig("provision", {
				database: { deletionProtection: false, finalSnapshot: false },
			}),
			"test",
		);
		const program = await record(() => {
			const args = { vpcId: "vpc", subnetIds: ["a", "b"], settings };
			new Database("trusted-login-db", args);
			return {};
		});
		const { inputs, protect } = program.get(INSTANCE, "trusted-login-db");
		assert.deepEqual(
			[
				inputs.deletionProtection,
				inputs.skipFinalSnapshot,
				"finalSnapshotIdentifier" in inputs,
				protect,
			],
			[false, true, false, false],
		);
	});
});
