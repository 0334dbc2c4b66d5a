import { Readable } from "node:stream";
import { EvidenceError } from "../errors.ts";
import {
	type BucketAddress,
	bucketAddressRule,
	clientSettings,
	objectKey,
	parseBucketAddress,
} from "./aws.ts";
import {
	type EvidencePlace,
	hashBytes,
	messageOf,
	recordsFolder,
	tooLarge,
} from "./place.ts";
import { mostRecords } from "./records.ts";

/** @throws EvidenceError for what is no `s3://bucket/prefix`. */
export function requireAddress(place: string): BucketAddress {
	const address = parseBucketAddress(place);
	if (address !== undefined) return address;
	throw new EvidenceError(`evidence: ${bucketAddressRule}; got ${place}`);
}

/** The refusal of a bucket that does not do what it was asked for. */
export const bucketFailed = (
	place: string,
	what: string,
	error: unknown,
): EvidenceError =>
	new EvidenceError(
		`${place}: ${what}: ${messageOf(error)}; check address, region and credentials`,
		{ cause: error },
	);

/** Opens the evidence in a bucket, for reading. @throws EvidenceError for what is no address. */
export async function openBucket(place: string): Promise<EvidencePlace> {
	const address = requireAddress(place);
	const sdk = await import("./bucketSdk.mjs");
	const client = new sdk.S3Client(clientSettings());
	const get = async (key: string) => {
		const found = await client.send(
			new sdk.GetObjectCommand({
				Bucket: address.bucket,
				Key: objectKey(address, key),
			}),
		);
		if (!(found.Body instanceof Readable)) throw new Error("no bytes came");
		return { body: found.Body, bytes: found.ContentLength };
	};
	return {
		async list() {
			const keys: string[] = [];
			const start = objectKey(address, `${recordsFolder}/`);
			let token: string | undefined;
			try {
				do {
					const page = await client.send(
						new sdk.ListObjectsV2Command({
							Bucket: address.bucket,
							Prefix: start,
							...(token === undefined ? {} : { ContinuationToken: token }),
						}),
					);
					for (const { Key = "" } of page.Contents ?? []) {
						const name = Key.slice(start.length);
						// As in a folder: what lies deeper is no record.
						if (name.endsWith(".json") && !name.includes("/")) {
							keys.push(`${recordsFolder}/${name}`);
						}
					}
					token = page.NextContinuationToken;
				} while (token !== undefined && keys.length <= mostRecords);
			} catch (error) {
				throw bucketFailed(place, "evidence cannot be listed", error);
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
				throw bucketFailed(place, `${key} cannot be read`, error);
			}
		},
		async hash(key) {
			try {
				return await hashBytes((await get(key)).body);
			} catch (error) {
				if (isMissing(error)) return undefined;
				throw bucketFailed(place, `${key} cannot be read`, error);
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
