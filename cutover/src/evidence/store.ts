import { randomUUID } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type EvidencePlace, folder } from "@trusted-login/golive/read";
import { RefusedError, reasonOf } from "../errors.ts";
import { makeFolder } from "../folders.ts";

/** Where evidence is read and written. Nothing in it is ever changed or deleted. */
export interface EvidenceStore extends EvidencePlace {
	/** Stores bytes under a key, whole or not at all; what is there already stays as it is. */
	put(key: string, bytes: Uint8Array): Promise<void>;
}

/** Opens `s3://bucket/prefix` or a folder. */
export async function openEvidence(place: string): Promise<EvidenceStore> {
	if (place.startsWith("s3://")) {
		const { openEvidenceBucket } = await import(
			"../adapters/evidenceBucket.ts"
		);
		return await openEvidenceBucket(place);
	}
	return {
		...folder(place),
		async put(key, bytes) {
			const file = join(place, key);
			const part = join(dirname(file), `.${randomUUID()}.part`);
			try {
				await makeFolder(dirname(file));
				await writeFile(part, bytes, { flag: "wx" });
				// A link is made whole or not at all, and never over another file.
				await link(part, file).catch((error: unknown) => {
					if ((error as { code?: unknown }).code !== "EEXIST") throw error;
				});
			} catch (error) {
				throw new RefusedError(
					`evidence cannot be written to ${place}: ${reasonOf(error)}; make the folder writable, or name another with CUTOVER_EVIDENCE`,
					{ cause: error },
				);
			} finally {
				await rm(part, { force: true }).catch(() => undefined);
			}
		},
	};
}

/** Works with a store and closes it. */
export async function withEvidenceStore<T>(
	place: string,
	work: (store: EvidenceStore) => Promise<T>,
): Promise<T> {
	const store = await openEvidence(place);
	try {
		return await work(store);
	} finally {
		store.close();
	}
}
