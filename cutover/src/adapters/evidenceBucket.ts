import { createHash } from "node:crypto";
import { clientSettings, objectKey } from "@trusted-login/golive/aws";
import {
	bucketFailed,
	openBucket,
	requireAddress,
} from "@trusted-login/golive/bucket";
import type { EvidenceStore } from "../evidence/store.ts";

/** Evidence in a bucket, for reading and writing; read by the same code as the locks read it. */
export async function openEvidenceBucket(
	place: string,
): Promise<EvidenceStore> {
	const reading = await openBucket(place);
	const sdk = await import("./evidenceSdk.mjs");
	const address = requireAddress(place);
	const client = new sdk.S3Client(clientSettings());
	return {
		...reading,
		async put(key, bytes) {
			try {
				await client.send(
					new sdk.PutObjectCommand({
						Bucket: address.bucket,
						Key: objectKey(address, key),
						Body: bytes,
						ContentLength: bytes.length,
						ChecksumSHA256: createHash("sha256").update(bytes).digest("base64"),
					}),
				);
			} catch (error) {
				throw bucketFailed(place, `${key} cannot be written`, error);
			}
		},
		close() {
			reading.close();
			client.destroy();
		},
	};
}
