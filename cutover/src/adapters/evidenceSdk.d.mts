import type { clientSettings } from "@trusted-login/golive/aws";

/** What writing evidence needs of `@aws-sdk/client-s3`; names and shapes are its own. */
export class PutObjectCommand {
	constructor(input: {
		readonly Bucket: string;
		readonly Key: string;
		readonly Body: Uint8Array;
		readonly ContentLength: number;
		readonly ChecksumSHA256: string;
	});
	/** Never set: it tells the commands apart. */
	readonly put: true;
}

export class S3Client {
	constructor(config: ReturnType<typeof clientSettings>);
	send(command: PutObjectCommand): Promise<unknown>;
	destroy(): void;
}
