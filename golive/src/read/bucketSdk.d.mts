/** What reading evidence needs of `@aws-sdk/client-s3`; names and shapes are its own. */
export class GetObjectCommand {
	constructor(input: { readonly Bucket: string; readonly Key: string });
	/** Never set: it tells the commands apart. */
	readonly get: true;
}

export class ListObjectsV2Command {
	constructor(input: {
		readonly Bucket: string;
		readonly Prefix: string;
		readonly ContinuationToken?: string;
	});
	/** Never set: it tells the commands apart. */
	readonly list: true;
}

export class S3Client {
	constructor(config: {
		readonly forcePathStyle: boolean;
		readonly requestChecksumCalculation: "WHEN_REQUIRED" | "WHEN_SUPPORTED";
		readonly responseChecksumValidation: "WHEN_REQUIRED" | "WHEN_SUPPORTED";
		readonly requestHandler: {
			readonly connectionTimeout: number;
			readonly requestTimeout: number;
			readonly socketTimeout: number;
			readonly throwOnRequestTimeout: boolean;
		};
	});
	send(command: GetObjectCommand): Promise<{
		readonly Body?: unknown;
		readonly ContentLength?: number;
	}>;
	send(command: ListObjectsV2Command): Promise<{
		readonly Contents?: readonly { readonly Key?: string }[];
		readonly NextContinuationToken?: string;
	}>;
	destroy(): void;
}
