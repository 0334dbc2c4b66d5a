import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { reportName } from "./report/folder.ts";
import type { TestDatum } from "./testData.ts";

/** What this program knows how to remove, also later. */
const kinds = ["workflow", "account", "profile"];

const left = z.object({
	baseUrl: z.string(),
	data: z.object({
		left: z.array(
			z.object({ kind: z.string(), key: z.string(), byHand: z.string() }),
		),
	}),
});

/** What an earlier run left at the same address, for example because it was killed; from its report in the same folder. */
export async function earlierData(
	folder: string,
	baseUrl: string,
): Promise<readonly TestDatum[]> {
	const text = await readFile(join(folder, reportName), "utf8").catch(
		() => undefined,
	);
	if (text === undefined) return [];
	const parsed = left.safeParse(jsonOf(text));
	if (!parsed.success || parsed.data.baseUrl !== baseUrl) return [];
	return parsed.data.data.left.filter(({ kind }) => kinds.includes(kind));
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
