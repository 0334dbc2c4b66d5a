import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { clientSettings } from "@trusted-login/golive/aws";
import { reasonOf } from "../errors.ts";
import { explainBucket, isWorthRetrying } from "./bucketErrors.ts";

/** What a bucket is used for by those who keep small files in it. */
export interface Bucket {
	put(key: string, body: BucketBody, contentType: string): Promise<void>;
	/** Undefined when there is nothing under the key. @throws TooBigError */
	get(key: string, limitBytes: number): Promise<Buffer | undefined>;
	list(prefix: string): Promise<readonly BucketObject[]>;
	delete(key: string): Promise<void>;
	close(): void;
}

export type BucketBody = Uint8Array | { readonly file: string };

export interface BucketObject {
	readonly key: string;
	readonly bytes: number;
	readonly changedAt: Date;
}

/** There is more than was asked for. */
export class TooBigError extends Error {
	override readonly name = "TooBigError";
	readonly bytes: number;

	constructor(bytes: number) {
		super(`${bytes} bytes`);
		this.bytes = bytes;
	}
}

/** A bucket does not do what it was asked for. */
export class BucketError extends Error {
	override readonly name = "BucketError";
	readonly reason: string;
	readonly remedy: string;
	/** The bucket answered that this is not allowed. */
	readonly isRefused: boolean;

	constructor(bucket: string, cause: unknown) {
		super(reasonOf(cause), { cause });
		const { reason, remedy, isRefused } = explainBucket(bucket, cause);
		this.reason = reason;
		this.remedy = remedy;
		this.isRefused = isRefused;
	}
}

/** Tries of a request, and the time after which none is begun. */
export interface Patience {
	readonly tries: number;
	readonly pauseMs: number;
	readonly longestMs: number;
}

const defaultPatience: Patience = {
	tries: 5,
	pauseMs: 250,
	longestMs: 60_000,
};

/** Opens a bucket; endpoint, region and credentials as everywhere with AWS: from the environment, a profile or the task's role. */
export async function openBucket(
	name: string,
	patience: Patience = defaultPatience,
): Promise<Bucket> {
	const sdk = await import("./s3Sdk.mjs");
	const client = new sdk.S3Client({
		...clientSettings(),
		// Tried again here, where a file can be opened anew.
		maxAttempts: 1,
		logger: silentLogger,
	});
	const tried = async <T>(work: () => Promise<T>): Promise<T> => {
		try {
			return await withTries(work, patience);
		} catch (error) {
			if (error instanceof TooBigError) throw error;
			throw new BucketError(name, error);
		}
	};
	return {
		async put(key, body, contentType) {
			const { size, sha256 } = await measure(body);
			await tried(() =>
				client.send(
					new sdk.PutObjectCommand({
						Bucket: name,
						Key: key,
						Body: "file" in body ? createReadStream(body.file) : body,
						ContentLength: size,
						ChecksumSHA256: sha256,
						ContentType: contentType,
					}),
				),
			);
		},
		async get(key, limitBytes) {
			return await tried(async () => {
				const found = await client
					.send(new sdk.GetObjectCommand({ Bucket: name, Key: key }))
					.catch((error: unknown) => {
						if (isNoSuchKey(error)) return undefined;
						throw error;
					});
				if (found === undefined) return undefined;
				return await readUpTo(found.Body, limitBytes, found.ContentLength ?? 0);
			});
		},
		async list(prefix) {
			const objects: BucketObject[] = [];
			let token: string | undefined;
			do {
				const page = await tried(() =>
					client.send(
						new sdk.ListObjectsV2Command({
							Bucket: name,
							Prefix: prefix,
							...(token === undefined ? {} : { ContinuationToken: token }),
						}),
					),
				);
				for (const { Key, Size, LastModified } of page.Contents ?? []) {
					if (Key === undefined) continue;
					const changedAt = LastModified ?? new Date(0);
					objects.push({ key: Key, bytes: Size ?? 0, changedAt });
				}
				token = page.NextContinuationToken;
			} while (token !== undefined);
			return objects;
		},
		async delete(key) {
			await tried(() =>
				client.send(new sdk.DeleteObjectCommand({ Bucket: name, Key: key })),
			);
		},
		close: () => client.destroy(),
	};
}

/** The client would speak of each try that fails, on the console. */
export const silentLogger = {
	debug: () => undefined,
	info: () => undefined,
	warn: () => undefined,
	error: () => undefined,
};

async function withTries<T>(
	work: () => Promise<T>,
	{ tries, pauseMs, longestMs }: Patience,
): Promise<T> {
	const startedAt = performance.now();
	for (let nth = 1; ; nth++) {
		try {
			return await work();
		} catch (error) {
			const isLast = nth >= tries || performance.now() - startedAt >= longestMs;
			if (isLast || !isWorthRetrying(error)) throw error;
			// Who all wait the same time come back together.
			const pause = pauseMs * 2 ** (nth - 1) * (0.5 + Math.random() / 2);
			await new Promise((resolve) => setTimeout(resolve, pause));
		}
	}
}

async function measure(
	body: BucketBody,
): Promise<{ readonly size: number; readonly sha256: string }> {
	const hash = createHash("sha256");
	if (!("file" in body)) {
		return { size: body.length, sha256: hash.update(body).digest("base64") };
	}
	for await (const chunk of createReadStream(body.file)) {
		hash.update(chunk as Buffer);
	}
	const { size } = await stat(body.file);
	return { size, sha256: hash.digest("base64") };
}

async function readUpTo(
	body: unknown,
	limitBytes: number,
	announced: number,
): Promise<Buffer> {
	if (!(body instanceof Readable)) throw new Error("no bytes came");
	const parts: Buffer[] = [];
	let bytes = announced;
	if (bytes <= limitBytes) {
		bytes = 0;
		for await (const part of body) {
			parts.push(part as Buffer);
			bytes += (part as Buffer).length;
			if (bytes > limitBytes) break;
		}
	}
	if (bytes > limitBytes) {
		body.destroy();
		throw new TooBigError(bytes);
	}
	return Buffer.concat(parts);
}

function isNoSuchKey(error: unknown): boolean {
	return error instanceof Error && error.name === "NoSuchKey";
}
