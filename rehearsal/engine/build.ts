import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	renameSync,
	rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { goBuild, goVersion } from "./goBuild.ts";
import { checkout } from "./places.ts";
import { sharedLanguageHost, writeExecutable } from "./wrappers.ts";

const command = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionVariable =
	"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/**
 * Builds the engine from Go modules: about 6 minutes on two cores the first time, seconds with a warm build cache. Answers what
 * went wrong, or undefined.
 */
export async function buildEngine(
	version: string,
	folder: string,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const go = goVersion();
	if (go === undefined) return "build from source: there is no Go on PATH";
	const draft = mkdtempSync(join(dirname(folder), ".build-"));
	try {
		for (const file of ["go.mod", "go.sum", "tools.go"])
			copyFileSync(
				join(checkout(), "rehearsal/engine/gomod", file),
				join(draft, file),
			);
		const output = join(draft, "engine/bin/pulumi");
		mkdirSync(dirname(output), { recursive: true });
		onProgress(
			`building Pulumi ${version} with ${go} (minutes the first time, then kept)`,
		);
		const failure = await goBuild(
			{
				title: "Pulumi",
				folder: draft,
				command,
				linkerFlags: `-s -w -X ${versionVariable}=v${version}`,
				output,
			},
			onProgress,
		);
		if (failure !== undefined) return failure;
		writeExecutable(
			join(dirname(output), "pulumi-language-nodejs"),
			sharedLanguageHost,
		);
		rmSync(folder, { recursive: true, force: true });
		renameSync(join(draft, "engine"), folder);
		return undefined;
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}
