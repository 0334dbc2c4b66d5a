/** What is used of `@aws-sdk/client-s3`; names and shapes are its own. */

import type { Readable } from "node:stream";
import type { RequestLimits } from "@trusted-login/golive/aws";

export class GetObjectCommand {
	constructor(input: { readonly Bucket: string; readonly Key: string });
	/** Never set: it tells the commands apart. */
	readonly get: true;
}

export class DeleteObjectCommand {
	constructor(input: { readonly Bucket: string; readonly Key: string });
	/** Never set: it tells the commands apart. */
	readonly delete: true;
}

export class HeadObjectCommand {
	constructor(input: { readonly Bucket: string; readonly Key: string });
	/** Never set: it tells the commands apart. */
	readonly head: true;
}

export class ListObjectsV2Command {
	constructor(input: {
		readonly Bucket: string;
		readonly Prefix?: string;
		readonly ContinuationToken?: string;
	});
	/** Never set: it tells the commands apart. */
	readonly list: true;
}

export class PutObjectCommand {
	constructor(input: {
		readonly Bucket: string;
		readonly Key: string;
		readonly Body: Readable | Uint8Array;
		readonly ContentLength: number;
		readonly ChecksumSHA256: string;
		readonly ContentType?: string;
	});
	/** Never set: it tells the commands apart. */
	readonly put: true;
}

export class S3Client {
	constructor(config: {
		readonly forcePathStyle: boolean;
		readonly requestChecksumCalculation: "WHEN_REQUIRED" | "WHEN_SUPPORTED";
		readonly responseChecksumValidation: "WHEN_REQUIRED" | "WHEN_SUPPORTED";
		readonly maxAttempts?: number;
		readonly logger?: {
			debug(): void;
			info(): void;
			warn(): void;
			error(): void;
		};
		readonly requestHandler: RequestLimits;
	});
	send(
		command: HeadObjectCommand,
	): Promise<{ readonly ContentLength?: number }>;
	send(
		command: GetObjectCommand,
	): Promise<{ readonly Body?: unknown; readonly ContentLength?: number }>;
	send(command: ListObjectsV2Command): Promise<{
		readonly Contents?: readonly {
			readonly Key?: string;
			readonly Size?: number;
			readonly LastModified?: Date;
		}[];
		readonly NextContinuationToken?: string;
	}>;
	send(command: PutObjectCommand | DeleteObjectCommand): Promise<unknown>;
	destroy(): void;
}
