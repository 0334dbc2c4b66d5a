import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";

/** How a bucket treats what it holds. */
export interface PrivateBucketArgs {
	/** Refuses to delete the bucket; default true in the settings. No change to what runs. */
	readonly deletionProtection: boolean;
}

/** Declares a bucket: private, encrypted at rest and on the way, every version kept. */
export function createPrivateBucket(
	name: string,
	args: PrivateBucketArgs,
	parent: pulumi.Resource,
): Bucket {
	const bucket = new Bucket(
		name,
		{ forceDestroy: !args.deletionProtection, tags: { Name: name } },
		{ parent, protect: args.deletionProtection },
	);
	new BucketPolicy(
		name,
		{ bucket: bucket.bucket, policy: refusePlainHttp(bucket) },
		{ parent },
	);
	new BucketPublicAccessBlock(
		name,
		{
			bucket: bucket.bucket,
			blockPublicAcls: true,
			blockPublicPolicy: true,
			ignorePublicAcls: true,
			restrictPublicBuckets: true,
		},
		{ parent },
	);
	new BucketServerSideEncryptionConfiguration(
		name,
		{
			bucket: bucket.bucket,
			rules: [
				{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
			],
		},
		{ parent },
	);
	new BucketVersioning(
		name,
		{
			bucket: bucket.bucket,
			versioningConfiguration: { status: "Enabled" },
		},
		{ parent },
	);
	return bucket;
}

/** S3 answers plain HTTP too; a policy that denies grants nobody anything. */
function refusePlainHttp(bucket: Bucket): pulumi.Output<string> {
	return pulumi.jsonStringify({
		Version: "2012-10-17",
		Statement: [
			{
				Sid: "RefusePlainHttp",
				Effect: "Deny",
				Principal: "*",
				Action: "s3:*",
				Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
				Condition: { Bool: { "aws:SecureTransport": "false" } },
			},
		],
	});
}
