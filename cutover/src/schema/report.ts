import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../errors.ts";
import { maskSecrets } from "../masking.ts";
import type { Result } from "../outcome.ts";
import { renderMarkdown } from "../render.ts";

/**
 * Writes `<name>.md` and `<name>.json`. Answers the files and how to speak of them: a report that cannot be written does
 * not undo what was found.
 */
export async function writeReport(
	folder: string,
	name: string,
	content: {
		readonly title: string;
		readonly result: Pick<Result, "outcome" | "checks">;
		readonly facts?: Readonly<Record<string, unknown>>;
	},
): Promise<{ readonly files: readonly string[]; readonly text: string }> {
	const at = new Date().toISOString();
	const files = [join(folder, `${name}.md`), join(folder, `${name}.json`)];
	const markdown = renderMarkdown(content.title, content.result, at);
	const json = `${JSON.stringify({ at, ...content.result, ...content.facts }, undefined, 2)}\n`;
	try {
		await mkdir(folder, { recursive: true });
		await writeFile(files[0] ?? "", maskSecrets(markdown));
		await writeFile(files[1] ?? "", maskSecrets(json));
		return { files, text: files[0] ?? "" };
	} catch (error) {
		return { files: [], text: `no report: ${reasonOf(error)}` };
	}
}
