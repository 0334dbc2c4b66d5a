import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { clientSettings } from "@trusted-login/golive/aws";
import { RefusedError, reasonOf } from "../errors.ts";
import { requireBucket } from "./objects.ts";

/** One file of a log, wherever it lies. */
export interface LogFile {
	readonly name: string;
	open(): Promise<AsyncIterable<Buffer>>;
}

/**
 * The files of a place, in order: a file or pipe, a folder with everything below it, or `s3://bucket/prefix`. Files that begin
 * with a dot are nobody's log.
 *
 * @throws RefusedError when there is no such place, or it cannot be listed.
 */
export async function* openLogs(place: string): AsyncGenerator<LogFile> {
	if (place.startsWith("s3://")) {
		yield* bucketFiles(place);
		return;
	}
	const found = await stat(place).catch((error: unknown) => {
		throw new RefusedError(
			`expected access logs at ${place}, got ${reasonOf(error)}; name a file, a folder or s3://bucket/prefix with --logs`,
			{ cause: error },
		);
	});
	if (!found.isDirectory()) {
		yield fileAt(place);
		return;
	}
	const entries = await readdir(place, {
		recursive: true,
		withFileTypes: true,
	});
	const paths = entries
		.filter((entry) => entry.isFile() && !entry.name.startsWith("."))
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
	for (const path of paths) yield fileAt(path);
}

function fileAt(path: string): LogFile {
	return {
		name: path,
		open: async () => createReadStream(path, { highWaterMark: 256 * 1024 }),
	};
}

async function* bucketFiles(place: string): AsyncGenerator<LogFile> {
	const { GetObjectCommand, ListObjectsV2Command, S3Client } = await import(
		"./s3Sdk.mjs"
	);
	const { bucket, prefix } = requireBucket(place);
	const client = new S3Client(clientSettings());
	try {
		let token: string | undefined;
		do {
			const page = await client
				.send(
					new ListObjectsV2Command({
						Bucket: bucket,
						...(prefix === "" ? {} : { Prefix: `${prefix}/` }),
						...(token === undefined ? {} : { ContinuationToken: token }),
					}),
				)
				.catch((error: unknown) => {
					throw new RefusedError(
						`cannot list ${place}: ${reasonOf(error)}; check the name and that s3:ListBucket is allowed`,
						{ cause: error },
					);
				});
			for (const { Key, Size } of page.Contents ?? []) {
				if (Key === undefined || Size === 0 || Key.endsWith("/")) continue;
				yield {
					name: `s3://${bucket}/${Key}`,
					async open() {
						const { Body } = await client.send(
							new GetObjectCommand({ Bucket: bucket, Key }),
						);
						if (Body instanceof Readable) return Body;
						throw new Error("no bytes came");
					},
				};
			}
			token = page.NextContinuationToken;
		} while (token !== undefined);
	} finally {
		client.destroy();
	}
}
