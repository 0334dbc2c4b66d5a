import assert from "node:assert/strict";
import {
	countOperations,
	countsText,
	destroyedResources,
	destroyedText,
} from "../../../cutover/src/plan/operations.ts";
import {
	type Operation,
	operations,
} from "../../../cutover/src/plan/preview.ts";
import { changed, recorded, stepFor, stepOf } from "./recorded.ts";

const database = "aws:rds/instance:Instance";

describe("what a plan takes away", () => {
	it("is nothing where things are made, changed or kept", () => {
		for (const name of ["create", "same", "update", "password"] as const) {
			assert.deepEqual(destroyedResources(recorded(name).steps), [], name);
		}
	});

	it("is named with what forces it", () => {
		const [replaced, ...others] = destroyedResources(recorded("replace").steps);
		assert.deepEqual(others, []);
		assert.deepEqual(replaced, {
			operation: "replace",
			urn: `urn:pulumi:prod::trusted-login::${database}::database`,
			type: database,
			name: "database",
			id: "orders",
			isProtected: false,
			because: ["identifier"],
		});
		assert.equal(
			destroyedText(replaced),
			`replace of ${database} database (orders), because of identifier`,
		);
		const deleted = destroyedResources(recorded("delete").steps);
		assert.deepEqual(
			deleted.map(({ operation, name }) => [operation, name]),
			[["delete", "uploads"]],
		);
		assert.equal(destroyedResources(recorded("destroy").steps).length, 2);
	});

	it("names each resource once, also when its replacement takes three steps", () => {
		const steps = (
			["create-replacement", "replace", "delete-replaced"] as const
		).map((op) => stepFor(op, database));
		assert.equal(destroyedResources(steps).length, 1);
	});

	const taking: Partial<Record<Operation, "replace" | "delete">> = {
		delete: "delete",
		replace: "replace",
		"create-replacement": "replace",
		"delete-replaced": "replace",
		"read-replacement": "replace",
		"import-replacement": "replace",
		"discard-replaced": "replace",
	};
	for (const op of operations) {
		it(`${op} of a database is ${taking[op] ?? "no loss"}`, () => {
			const found = destroyedResources([stepFor(op, database)]);
			assert.deepEqual(
				found.map(({ operation }) => operation),
				taking[op] ? [taking[op]] : [],
			);
		});
	}

	for (const [type, holdsData] of [
		[database, true],
		["aws:rds/cluster:Cluster", true],
		["aws:s3/bucket:Bucket", true],
		["aws:s3/bucketV2:BucketV2", true],
		["aws:secretsmanager/secret:Secret", true],
		["aws:efs/fileSystem:FileSystem", true],
		["aws:kms/key:Key", true],
		["kubernetes:core/v1:PersistentVolumeClaim", true],
		["kubernetes:apps/v1:StatefulSet", true],
		["kubernetes:apps/v1beta2:StatefulSet", true],
		["kubernetes:core/v1:Namespace", true],
		["kubernetes:apps/v1:Deployment", false],
		["aws:s3/bucketPolicy:BucketPolicy", false],
		["aws:ecs/service:Service", false],
		["aws:rds/instance:InstanceX", false],
		["x-aws:rds/instance:Instance", false],
	] as const) {
		it(`${type} ${holdsData ? "holds" : "holds no"} data`, () => {
			const found = destroyedResources([stepFor("delete", type)]);
			assert.equal(found.length, holdsData ? 1 : 0);
		});
	}

	it("can be widened by further types, with a dot that is a dot", () => {
		const queue = stepFor("delete", "aws:sqs/queue:Queue");
		assert.equal(destroyedResources([queue]).length, 0);
		assert.equal(
			destroyedResources([queue], ["aws:sqs/queue:Queue"]).length,
			1,
		);
		assert.equal(destroyedResources([queue], ["aws:*:Queue"]).length, 1);
		assert.equal(
			destroyedResources([queue], ["aws:sqs.queue:Queue"]).length,
			0,
		);
	});

	it("shows what the engine protects", () => {
		const steps = changed("delete", (json) => {
			stepOf(json, "uploads").oldState.protect = true;
		});
		const [found] = destroyedResources(steps);
		assert.equal(found?.isProtected, true);
	});
});

describe("the operations of a plan", () => {
	it("are counted by name", () => {
		const counts = countOperations(recorded("replace").steps);
		assert.deepEqual(counts, { replace: 1, same: 1 });
		assert.equal(countsText(counts), "1 replace, 1 same");
		assert.equal(countsText({}), "nothing");
	});
});
