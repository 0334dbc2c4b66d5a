import { chmod } from "node:fs/promises";
import type { Page } from "../../adapters/playwright.mjs";
import { partsFolder, type ReportFolder } from "./folder.ts";

/** Pictures and recordings of a run. A picture that cannot be taken or kept fails no step: the report says so instead. */
export interface Pictures {
	/** Answers the picture's path, relative to the report; undefined when there is none. */
	take(
		page: Page,
		of: {
			readonly scenario: string;
			readonly nth: number;
			readonly step: string;
		},
	): Promise<string | undefined>;
	keepTrace(
		scenario: string,
		stop: (file: string) => Promise<void>,
	): Promise<string | undefined>;
}

const pictureTimeoutMs = 10_000;

/** Keeps pictures in the report's folder. */
export function keepPictures(folder: ReportFolder): Pictures {
	return {
		async take(page, { scenario, nth, step }) {
			const path = `${partsFolder}/${scenario}/${String(nth).padStart(2, "0")}-${slug(step)}.png`;
			try {
				const picture = await page.screenshot({
					type: "png",
					animations: "disabled",
					timeout: pictureTimeoutMs,
				});
				await folder.write(path, picture);
				return path;
			} catch {
				return undefined;
			}
		},
		async keepTrace(scenario, stop) {
			const path = `${partsFolder}/${scenario}/trace.zip`;
			try {
				await folder.let(path, async (file) => {
					await stop(file);
					// It holds what was typed and what was answered.
					await chmod(file, 0o600);
				});
				return path;
			} catch {
				return undefined;
			}
		},
	};
}

/** A step's title as part of a file name. */
export function slug(title: string): string {
	return (
		title
			.toLowerCase()
			.replace(/[^a-z0-9]+/g, "-")
			.replace(/^-|-$/g, "")
			.slice(0, 60) || "step"
	);
}
