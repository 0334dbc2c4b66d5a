import assert from "node:assert/strict";
import { requireDeletionProtection } from "../../../policies/src/requireDeletionProtection.ts";
import { cluster, instance } from "../fixtures.ts";
import { type Judged, messagesOf } from "../judge.ts";
import { testRule } from "../ruleTests.ts";

const loadBalancer: Judged = {
	type: "aws:lb/loadBalancer:LoadBalancer",
	props: { enableDeletionProtection: true },
};
const bucket: Judged = {
	type: "aws:s3/bucket:Bucket",
	protect: true,
	props: { forceDestroy: false },
};
const repository: Judged = {
	type: "aws:ecr/repository:Repository",
	protect: true,
	props: { forceDelete: false },
};

describe("requireDeletionProtection", () => {
	testRule({
		policy: requireDeletionProtection,
		compliant: { instance, cluster, loadBalancer, bucket, repository },
		broken: [
			[
				"an instance without it",
				"instance",
				["deletionProtection"],
				false,
				"expected deletionProtection true, got false; set deletionProtection: true",
			],
			[
				"a cluster without it",
				"cluster",
				["deletionProtection"],
				false,
				"expected deletionProtection true, got false; set deletionProtection: true",
			],
			[
				"a load balancer without it",
				"loadBalancer",
				["enableDeletionProtection"],
				false,
				"expected enableDeletionProtection true, got false; set enableDeletionProtection: true",
			],
			[
				"a bucket that goes with its files",
				"bucket",
				["forceDestroy"],
				true,
				"expected forceDestroy false, got true; set forceDestroy: false, so that a bucket with files in it stays",
			],
			[
				"a repository that goes with its images",
				"repository",
				["forceDelete"],
				true,
				"expected forceDelete false, got true; set forceDelete: false, so that images stay which a rollback needs",
			],
		],
		needed: [
			["instance", ["deletionProtection"]],
			["cluster", ["deletionProtection"]],
			["loadBalancer", ["enableDeletionProtection"]],
			["bucket", ["forceDestroy"]],
			["repository", ["forceDelete"]],
		],
	});

	it("reports data that the engine does not guard", async () => {
		for (const resource of [instance, cluster, bucket, repository]) {
			assert.deepEqual(
				await messagesOf(requireDeletionProtection(), {
					...resource,
					protect: false,
				}),
				[
					"it: expected the resource option protect true, got false; set protect: true, which stops a destroy and a replacement before they begin",
				],
			);
		}
	});
});
