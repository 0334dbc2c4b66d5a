import assert from "node:assert/strict";
import { programIn } from "../programs.ts";

describe("UploadsBucket", () => {
	it("blocks every kind of public access", async () => {
		const program = await programIn("provision");
		const { inputs } = program.get(
			"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
			"trusted-login-uploads",
		);
		const { bucket, ...blocks } = inputs;
		assert.equal(bucket, "trusted-login-uploads-1234567");
		assert.deepEqual(Object.values(blocks), [true, true, true, true]);
	});

	it("encrypts and keeps every version", async () => {
		const program = await programIn("provision");
		assert.deepEqual(
			program.get(
				"aws:s3/bucketVersioning:BucketVersioning",
				"trusted-login-uploads",
			).inputs.versioningConfiguration,
			{ status: "Enabled" },
		);
		assert.deepEqual(
			program.get(
				"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
				"trusted-login-uploads",
			).inputs.rules,
			[{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
		);
	});

	it("refuses plain HTTP for the bucket and everything in it", async () => {
		const program = await programIn("provision");
		const { inputs } = program.get(
			"aws:s3/bucketPolicy:BucketPolicy",
			"trusted-login-uploads",
		);
		const { Statement } = JSON.parse(String(inputs.policy));
		const arn = "arn:aws:s3:us-east-1:123456789012:trusted-login-uploads";
		assert.deepEqual(Statement, [
			{
				Sid: "RefusePlainHttp",
				Effect: "Deny",
				Principal: "*",
				Action: "s3:*",
				Resource: [arn, `${arn}/*`],
				Condition: { Bool: { "aws:SecureTransport": "false" } },
			},
		]);
	});

	it("survives a destroy by default", async () => {
		const program = await programIn("provision");
		const bucket = program.get("aws:s3/bucket:Bucket", "trusted-login-uploads");
		assert.equal(bucket.protect, true);
		assert.equal(bucket.inputs.forceDestroy, false);
	});
});
