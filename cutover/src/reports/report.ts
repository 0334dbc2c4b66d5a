import { maskSecrets } from "../masking.ts";
import type { Result } from "../outcome.ts";
import { renderMarkdown } from "../render.ts";
import { type KeptReport, keepFiles, type ReportFile } from "./keep.ts";

/** What a report says. */
export interface ReportText {
	readonly title: string;
	readonly result: Pick<Result, "outcome" | "checks">;
	readonly facts?: Readonly<Record<string, unknown>>;
}

/**
 * Writes `<name>.md` and `<name>.json` into a folder or below `s3://bucket/prefix`. Answers the files and how to speak of
 * them: a report that cannot be written does not undo what was found.
 */
export async function writeReport(
	address: string,
	name: string,
	content: ReportText,
): Promise<KeptReport> {
	return await keepFiles(address, reportFiles(name, content));
}

/** The files of a report, to be kept together with others. */
export function reportFiles(
	name: string,
	{ title, result, facts }: ReportText,
): readonly ReportFile[] {
	const at = new Date().toISOString();
	const json = `${JSON.stringify({ at, ...result, ...facts }, undefined, 2)}\n`;
	return [
		{
			name: `${name}.md`,
			content: maskSecrets(renderMarkdown(title, result, at)),
		},
		{ name: `${name}.json`, content: maskSecrets(json) },
	];
}
