/** What the tests use of `@aws-sdk/client-s3` to prepare a server; names and shapes are its own. */
export class CreateBucketCommand {
	constructor(input: { readonly Bucket: string });
	/** Never set: it tells the commands apart. */
	readonly create: true;
}

export class PutBucketPolicyCommand {
	constructor(input: { readonly Bucket: string; readonly Policy: string });
	/** Never set: it tells the commands apart. */
	readonly policy: true;
}

export class S3Client {
	constructor(config: {
		readonly endpoint: string;
		readonly region: string;
		readonly forcePathStyle: boolean;
		readonly credentials: {
			readonly accessKeyId: string;
			readonly secretAccessKey: string;
		};
	});
	send(command: CreateBucketCommand | PutBucketPolicyCommand): Promise<unknown>;
}
