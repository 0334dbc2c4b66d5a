import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
	type BucketAddress,
	bucketAddressRule,
	clientSettings,
	objectKey,
	oldBucketName,
	parseBucketAddress,
	requestLimits,
} from "@trusted-login/golive/aws";
import { RefusedError } from "../errors.ts";
import { silentLogger } from "./bucket.ts";

/** Where uploaded files are kept: a folder or a bucket. */
export interface ObjectStore {
	/** Size in bytes of what is stored under the key, or undefined when there is nothing. */
	size(key: string): Promise<number | undefined>;
	/** Stores a file's bytes under the key and answers their sha256 (hex) and number. */
	put(key: string, file: string, contentType: string | null): Promise<Stored>;
	/** Writes what is stored under the key into a file, whole or not at all; answers its size in bytes. */
	get(key: string, file: string): Promise<number>;
	close(): void;
}

export interface Stored {
	readonly sha256: string;
	readonly size: number;
}

/** Opens `s3://bucket/prefix` or a folder. A bucket may not stand still for longer than `idleMs`. */
export async function openStore(
	place: string,
	idleMs = 60_000,
): Promise<ObjectStore> {
	return place.startsWith("s3://")
		? await openBucket(place, idleMs)
		: folder(place);
}

function folder(root: string): ObjectStore {
	return {
		async size(key) {
			return await stat(join(root, key)).then(
				(found) => found.size,
				() => undefined,
			);
		},
		async get(key, file) {
			return await writeWhole(file, createReadStream(join(root, key)));
		},
		async put(key, file) {
			const path = join(root, key);
			await mkdir(dirname(path), { recursive: true });
			// Renamed when whole: a reader, or a run after a crash, never sees half a file.
			const part = `${path}.cutover-part`;
			try {
				const handle = await open(part, "w");
				const hash = createHash("sha256");
				let size = 0;
				await pipeline(
					createReadStream(file),
					async function* (chunks: AsyncIterable<Buffer>) {
						for await (const chunk of chunks) {
							hash.update(chunk);
							size += chunk.length;
							yield chunk;
						}
					},
					handle.createWriteStream(),
				);
				await rename(part, path);
				return { sha256: hash.digest("hex"), size };
			} catch (error) {
				await rm(part, { force: true });
				throw error;
			}
		},
		close: () => undefined,
	};
}

async function openBucket(place: string, idleMs: number): Promise<ObjectStore> {
	const { S3Client, GetObjectCommand, HeadObjectCommand, PutObjectCommand } =
		await import("./s3Sdk.mjs");
	const address = requireBucket(place);
	const { bucket } = address;
	const client = new S3Client({
		...clientSettings(),
		logger: silentLogger,
		// A big file may take hours, as long as it moves.
		requestHandler: {
			connectionTimeout: requestLimits.connectionTimeout,
			socketTimeout: idleMs,
		},
	});
	const keyOf = (key: string) => objectKey(address, key);
	return {
		async size(key) {
			try {
				const head = await client.send(
					new HeadObjectCommand({ Bucket: bucket, Key: keyOf(key) }),
				);
				return head.ContentLength;
			} catch (error) {
				if (error instanceof Error && /NotFound|NoSuchKey/.test(error.name)) {
					return undefined;
				}
				throw error;
			}
		},
		async get(key, file) {
			const found = await client.send(
				new GetObjectCommand({ Bucket: bucket, Key: keyOf(key) }),
			);
			const body = found.Body;
			if (!(body instanceof Readable)) {
				throw new Error(`${place}: no bytes came for ${key}`);
			}
			return await writeWhole(file, body);
		},
		async put(key, file, contentType) {
			const hash = createHash("sha256");
			let size = 0;
			for await (const chunk of createReadStream(file)) {
				hash.update(chunk as Buffer);
				size += (chunk as Buffer).length;
			}
			const sha256 = hash.digest();
			await client.send(
				new PutObjectCommand({
					Bucket: bucket,
					Key: keyOf(key),
					Body: createReadStream(file),
					ContentLength: size,
					ChecksumSHA256: sha256.toString("base64"),
					...(contentType === null ? {} : { ContentType: contentType }),
				}),
			);
			return { sha256: sha256.toString("hex"), size };
		},
		close: () => client.destroy(),
	};
}

/** Writes a file beside its place and renames it when it is whole. */
async function writeWhole(file: string, bytes: Readable): Promise<number> {
	await mkdir(dirname(file), { recursive: true });
	const part = `${file}.cutover-part`;
	try {
		await pipeline(bytes, createWriteStream(part));
		await rename(part, file);
		return (await stat(file)).size;
	} catch (error) {
		await rm(part, { force: true });
		throw error;
	}
}

/** Also of buckets as old as a legacy system may be. @throws RefusedError for what is no `s3://bucket/prefix`. */
export function requireBucket(place: string): BucketAddress {
	const address = parseBucketAddress(place, oldBucketName);
	if (address !== undefined) return address;
	throw new RefusedError(`${bucketAddressRule}; got ${place}`);
}
