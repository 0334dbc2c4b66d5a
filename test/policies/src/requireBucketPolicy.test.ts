import assert from "node:assert/strict";
import type { PolicyResource } from "@pulumi/policy";
import { requireBucketPolicy } from "../../../policies/src/requireBucketPolicy.ts";
import { type Judged, judgeStack, stackResource, unknown } from "../judge.ts";

const bucket: Judged = {
	type: "aws:s3/bucket:Bucket",
	name: "uploads",
	props: { bucket: "uploads-1234567" },
};
const policy: Judged = {
	type: "aws:s3/bucketPolicy:BucketPolicy",
	name: "policy",
	props: { bucket: "uploads-1234567", policy: "{}" },
};

/** The policy with its bucket named by a reference. */
function referring(to: Judged, props: Record<string, unknown>): PolicyResource {
	return {
		...stackResource({ ...policy, props }),
		propertyDependencies: { bucket: [stackResource(to)] },
	};
}

const missing =
	"uploads: expected a bucket policy that denies everybody s3:* without TLS, got nothing; declare an aws.s3.BucketPolicy for it";

describe("requireBucketPolicy", () => {
	const messages = async (...resources: PolicyResource[]) =>
		(await judgeStack(requireBucketPolicy(), resources)).map(
			({ message }) => message,
		);

	it("accepts a bucket whose policy names it", async () => {
		const found = await messages(stackResource(bucket), stackResource(policy));
		assert.deepEqual(found, []);
	});

	it("accepts a bucket whose policy refers to it, in a preview too", async () => {
		const named = { ...bucket, props: { bucket: unknown } };
		assert.deepEqual(
			await messages(
				stackResource(named),
				referring(named, { bucket: unknown }),
			),
			[],
		);
	});

	it("waits for a policy of which a preview cannot tell whose it is", async () => {
		const nobody = { ...policy, props: { bucket: unknown } };
		assert.deepEqual(
			await messages(stackResource(bucket), stackResource(nobody)),
			[],
		);
	});

	it("reports a bucket without a policy", async () => {
		assert.deepEqual(await messages(stackResource(bucket)), [missing]);
	});

	it("reports a bucket beside another one's policy", async () => {
		const other = { ...bucket, name: "other", props: { bucket: "other" } };
		assert.deepEqual(
			await messages(
				stackResource(bucket),
				referring(other, { bucket: "other" }),
				stackResource(other),
			),
			[missing],
		);
	});

	it("reports a bucket beside a policy of none", async () => {
		const lost = { ...policy, props: {} };
		assert.deepEqual(
			await messages(
				stackResource({ ...bucket, props: {} }),
				stackResource(lost),
			),
			[missing],
		);
	});

	it("only advises on dev", async () => {
		const [violation] = await judgeStack(requireBucketPolicy(), [
			stackResource({ ...bucket, stack: "dev" }),
		]);
		assert.equal(violation?.level, "advisory");
	});
});
