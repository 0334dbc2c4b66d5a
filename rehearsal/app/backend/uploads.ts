import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";

/** Where the bytes of uploaded files lie; a key is a relative path that the store made. */
export interface Uploads {
	/** Folder for a file that is still arriving. */
	readonly incoming: string;
	/** Takes a finished temporary file over; the temporary file is gone afterwards. */
	keep(
		temporaryFile: string,
		key: string,
		facts: {
			readonly size: number;
			readonly sha256: string;
			readonly contentType: string;
		},
	): Promise<void>;
	/** The bytes, or undefined when nothing lies there. */
	read(key: string): Promise<ReadableStream<Uint8Array> | undefined>;
	/** Removes a file; one that is gone already is no error. */
	remove(key: string): Promise<void>;
	/** Removes what only this process needed. */
	close(): Promise<void>;
}

/** Opens `s3://bucket/prefix` or a folder. */
export function openUploads(place: string): Uploads {
	const s3 = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(place);
	return s3?.[1]
		? bucketUploads(s3[1], s3[2] ?? "")
		: folderUploads(resolve(place));
}

function folderUploads(folder: string): Uploads {
	const incoming = join(folder, ".incoming");
	function pathOf(key: string): string {
		const path = resolve(folder, key);
		if (!path.startsWith(folder + sep)) {
			throw new Error("expected a key inside the uploads folder");
		}
		return path;
	}
	return {
		incoming,
		async keep(temporaryFile, key) {
			const path = pathOf(key);
			await mkdir(dirname(path), { recursive: true });
			await rename(temporaryFile, path).catch(async () => {
				await copyFile(temporaryFile, path);
				await rm(temporaryFile);
			});
		},
		async read(key) {
			try {
				const file = await open(pathOf(key), "r");
				return webStream(file.createReadStream());
			} catch (error) {
				if (error instanceof Error && "code" in error) {
					if (error.code === "ENOENT") return undefined;
				}
				throw error;
			}
		},
		remove: (key) => rm(pathOf(key), { force: true }),
		close: async () => {},
	};
}

function bucketUploads(bucket: string, prefix: string): Uploads {
	const incoming = join(tmpdir(), `trusted-login-uploads-${process.pid}`);
	const keyOf = (key: string): string =>
		prefix === "" ? key : `${prefix}/${key}`;
	let opened: ReturnType<typeof openBucket> | undefined;
	// The client is only loaded when the first file moves: it is the largest part of the program.
	const client = () => {
		opened ??= openBucket();
		return opened;
	};
	return {
		incoming,
		async keep(temporaryFile, key, { size, sha256, contentType }) {
			const { s3, PutObjectCommand } = await client();
			await s3.send(
				new PutObjectCommand({
					Bucket: bucket,
					Key: keyOf(key),
					Body: createReadStream(temporaryFile),
					ContentLength: size,
					ContentType: contentType,
					ChecksumSHA256: Buffer.from(sha256, "hex").toString("base64"),
				}),
			);
			await rm(temporaryFile, { force: true });
		},
		async read(key) {
			const { s3, GetObjectCommand } = await client();
			try {
				const answer = await s3.send(
					new GetObjectCommand({ Bucket: bucket, Key: keyOf(key) }),
				);
				return answer.Body instanceof Readable
					? webStream(answer.Body)
					: undefined;
			} catch (error) {
				if (error instanceof Error && error.name === "NoSuchKey") {
					return undefined;
				}
				throw error;
			}
		},
		async remove(key) {
			const { s3, DeleteObjectCommand } = await client();
			await s3.send(
				new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(key) }),
			);
		},
		close: () => rm(incoming, { recursive: true, force: true }),
	};
}

async function openBucket() {
	const { S3Client, PutObjectCommand, GetObjectCommand, DeleteObjectCommand } =
		await import("@aws-sdk/client-s3");
	const s3 = new S3Client({
		// A custom endpoint does not answer for bucket names as host names.
		forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
		// The sha256 of the whole file is given; a second checksum would turn the body into chunks with trailers.
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
		requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
	});
	return { s3, PutObjectCommand, GetObjectCommand, DeleteObjectCommand };
}

function webStream(stream: Readable): ReadableStream<Uint8Array> {
	return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}
