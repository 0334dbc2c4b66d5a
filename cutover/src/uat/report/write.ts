import { maskSecrets } from "../../masking.ts";
import type { UatReport } from "../result.ts";
import type { ReportFolder } from "./folder.ts";
import { renderHtml } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";

/** Writes what people read; answers the names. What cannot be written is among the folder's problems. */
export async function writePages(
	folder: ReportFolder,
	report: UatReport,
): Promise<readonly string[]> {
	const pages = {
		"uat.html": renderHtml(report),
		"uat.md": renderMarkdown(report),
	};
	const written: string[] = [];
	for (const [name, text] of Object.entries(pages)) {
		const isWritten = await folder.write(name, maskSecrets(text)).then(
			() => true,
			() => false,
		);
		if (isWritten) written.push(name);
	}
	return written;
}

/** The report for programs. */
export function reportJson(report: UatReport): string {
	return `${JSON.stringify(report, (_, value: unknown) => (typeof value === "string" ? maskSecrets(value) : value), 2)}\n`;
}
