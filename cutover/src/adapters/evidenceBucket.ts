import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { EvidenceError } from "@trusted-login/golive";
import { hashBytes, recordsFolder, tooLarge } from "@trusted-login/golive/read";
import { reasonOf } from "../errors.ts";
import type { EvidenceStore } from "../evidence/store.ts";
import { parseBucket } from "./objects.ts";

/** Evidence in a bucket; endpoint, region and credentials as everywhere with AWS. */
export async function openEvidenceBucket(
	place: string,
): Promise<EvidenceStore> {
	const sdk = await import("./evidenceSdk.mjs");
	const { bucket, prefix } = parseBucket(place);
	const client = new sdk.S3Client({
		forcePathStyle: (process.env.AWS_ENDPOINT_URL ?? "") !== "",
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
	});
	const keyOf = (key: string) => (prefix === "" ? key : `${prefix}/${key}`);
	const get = async (key: string) => {
		const found = await client.send(
			new sdk.GetObjectCommand({ Bucket: bucket, Key: keyOf(key) }),
		);
		if (!(found.Body instanceof Readable)) throw new Error("no bytes came");
		return { body: found.Body, bytes: found.ContentLength };
	};
	const failed = (what: string, error: unknown) =>
		new EvidenceError(
			`${place}: ${what}: ${reasonOf(error)}; check address, region and credentials`,
			{ cause: error },
		);
	return {
		async list() {
			const keys: string[] = [];
			let token: string | undefined;
			const start = keyOf(`${recordsFolder}/`);
			try {
				do {
					const page = await client.send(
						new sdk.ListObjectsV2Command({
							Bucket: bucket,
							Prefix: start,
							...(token === undefined ? {} : { ContinuationToken: token }),
						}),
					);
					for (const { Key = "" } of page.Contents ?? []) {
						if (Key.endsWith(".json")) {
							keys.push(`${recordsFolder}/${Key.slice(start.length)}`);
						}
					}
					token = page.NextContinuationToken;
				} while (token !== undefined);
			} catch (error) {
				throw failed("evidence cannot be listed", error);
			}
			return keys;
		},
		async read(key, maxBytes) {
			try {
				const { body, bytes = 0 } = await get(key);
				const chunks: Buffer[] = [];
				let length = 0;
				for await (const chunk of body) {
					length += (chunk as Buffer).length;
					if (Math.max(length, bytes) > maxBytes) {
						body.destroy();
						throw tooLarge(key, Math.max(length, bytes), maxBytes);
					}
					chunks.push(chunk as Buffer);
				}
				return Buffer.concat(chunks).toString("utf8");
			} catch (error) {
				throw failed(`${key} cannot be read`, error);
			}
		},
		async hash(key) {
			try {
				return await hashBytes((await get(key)).body);
			} catch (error) {
				if (isMissing(error)) return undefined;
				throw failed(`${key} cannot be read`, error);
			}
		},
		async put(key, bytes) {
			try {
				await client.send(
					new sdk.PutObjectCommand({
						Bucket: bucket,
						Key: keyOf(key),
						Body: bytes,
						ContentLength: bytes.length,
						ChecksumSHA256: createHash("sha256").update(bytes).digest("base64"),
					}),
				);
			} catch (error) {
				throw failed(`${key} cannot be written`, error);
			}
		},
		close: () => client.destroy(),
	};
}

/** Not every server says NoSuchKey; that there is nothing is in the status of all. */
function isMissing(error: unknown): boolean {
	const { $metadata: answer } = error as {
		readonly $metadata?: { readonly httpStatusCode?: number };
	};
	return answer?.httpStatusCode === 404;
}
