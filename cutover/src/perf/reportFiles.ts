import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toPng } from "../adapters/raster.ts";
import type { Talk } from "../console.ts";
import { isKind, RefusedError, reasonOf } from "../errors.ts";
import { makeFolder } from "../folders.ts";
import { maskSecrets } from "../masking.ts";

/** A picture by its name without ending, and what it shows. */
export interface Picture {
	readonly name: string;
	readonly alt: string;
	readonly svg: string;
}

/** Where pictures lie, for whoever shows them. */
export interface PictureFile {
	readonly alt: string;
	readonly file: string;
}

/**
 * Writes a file of the report, whole or not at all.
 *
 * @throws RefusedError when the folder cannot be written to.
 */
export async function writeReportFile(
	folder: string,
	name: string,
	content: string | Uint8Array,
): Promise<string> {
	const path = join(folder, name);
	try {
		await makeFolder(folder);
		await writeFile(
			`${path}.part`,
			typeof content === "string" ? maskSecrets(content) : content,
		);
		await rename(`${path}.part`, path);
	} catch (error) {
		await rm(`${path}.part`, { force: true }).catch(() => undefined);
		throw new RefusedError(
			`cannot write the report: ${reasonOf(error)}; make room, or name another folder with --report-dir`,
			{ cause: error },
		);
	}
	return path;
}

/** Writes each picture as SVG and PNG, and says so when there can be no PNG here. Answers what a page shows. */
export async function writePictures(
	folder: string,
	pictures: readonly Picture[],
	talk: Talk,
): Promise<readonly PictureFile[]> {
	const shown: PictureFile[] = [];
	for (const { name, alt, svg } of pictures) {
		await writeReportFile(folder, `${name}.svg`, svg);
		shown.push({ alt, file: `${name}.svg` });
		try {
			await writeReportFile(folder, `${name}.png`, await toPng(svg));
		} catch (error) {
			if (!isKind(error, "NotAvailableError")) throw error;
			// One of an earlier run would pass for this one's.
			await rm(join(folder, `${name}.png`), { force: true });
			talk.say(reasonOf(error));
		}
	}
	return shown;
}
