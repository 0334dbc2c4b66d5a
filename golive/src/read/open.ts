import { type EvidencePlace, folder } from "./place.ts";

/**
 * Opens `s3://bucket/prefix` or a folder.
 * @throws EvidenceError for what is no address.
 */
export async function openPlace(place: string): Promise<EvidencePlace> {
	if (!place.startsWith("s3://")) return folder(place);
	// Whoever has only folders loads no SDK.
	const { openBucket } = await import("./bucket.ts");
	return await openBucket(place);
}
