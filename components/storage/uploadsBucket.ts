import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../ecs/taskRoles.ts";

/** How the bucket treats what it holds. */
export interface UploadsBucketArgs {
	/** Refuses to delete the bucket; default true in the settings. No change to what runs. */
	readonly deletionProtection: boolean;
}

/** The bucket of the users' files: private, encrypted at rest and on the way, every version kept. */
export class UploadsBucket extends pulumi.ComponentResource {
	readonly bucketName: pulumi.Output<string>;
	/** Where files lie, as the backend and the jobs take it. */
	readonly url: pulumi.Output<string>;
	/** What a task needs that reads and writes files. */
	readonly access: readonly Statement[];

	constructor(
		name: string,
		args: UploadsBucketArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("trusted-login:storage:UploadsBucket", name, args, opts);

		const bucket = new Bucket(
			name,
			{ forceDestroy: !args.deletionProtection, tags: { Name: name } },
			{ parent: this, protect: args.deletionProtection },
		);
		createSafeguards(name, bucket, this);

		this.bucketName = bucket.bucket;
		this.url = pulumi.interpolate`s3://${bucket.bucket}/uploads`;
		this.access = [
			{ actions: ["s3:ListBucket"], resources: [bucket.arn] },
			{
				actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
				resources: [pulumi.interpolate`${bucket.arn}/uploads/*`],
			},
		];
		this.registerOutputs({ bucketName: this.bucketName, url: this.url });
	}
}

function createSafeguards(
	name: string,
	bucket: Bucket,
	parent: UploadsBucket,
): void {
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
