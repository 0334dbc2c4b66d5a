import { ensureActionlint } from "../actionlint/build.ts";
import { ensureS3Server } from "./build.ts";

/** Brings what only the tests need; what cannot be had is said here, and again by the tests that then fail. */
export async function prepareTests(
	onProgress: (line: string) => void,
): Promise<void> {
	for (const ensure of [ensureS3Server, ensureActionlint]) {
		try {
			await ensure(onProgress);
		} catch (error) {
			onProgress(error instanceof Error ? error.message : String(error));
		}
	}
}
