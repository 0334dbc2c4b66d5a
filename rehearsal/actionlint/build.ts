import { join } from "node:path";
import { ensureGoTool } from "../engine/goTool.ts";
import { checkout } from "../engine/places.ts";

/**
 * The linter of GitHub workflows: built from Go modules (10 s on two cores the first time), then kept.
 * @throws when it is neither there nor can be built.
 */
export async function ensureActionlint(
	onProgress: (line: string) => void,
): Promise<string> {
	return await ensureGoTool(
		{
			title: "the linter of workflows",
			module: "github.com/rhysd/actionlint",
			command: "cmd/actionlint",
			folder: join(checkout(), "rehearsal/actionlint/gomod"),
		},
		onProgress,
	);
}
