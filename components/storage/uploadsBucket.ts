import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../ecs/taskRoles.ts";
import {
	createPrivateBucket,
	type PrivateBucketArgs,
} from "./privateBucket.ts";

/** How the bucket treats what it holds. */
export type UploadsBucketArgs = PrivateBucketArgs;

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

		const bucket = createPrivateBucket(name, args, this);

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
