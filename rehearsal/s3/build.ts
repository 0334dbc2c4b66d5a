import { join } from "node:path";
import { ensureGoTool, type GoTool } from "../engine/goTool.ts";
import { checkout } from "../engine/places.ts";

const s3Server = (): GoTool => ({
	title: "the S3 server",
	module: "github.com/versity/versitygw",
	command: "cmd/versitygw",
	folder: join(checkout(), "rehearsal/s3/gomod"),
});

/**
 * The S3 server that reports are tested against, which nobody here wrote: built from Go modules (95 s on two cores the
 * first time, with everything to fetch), then kept.
 * @throws when it is neither there nor can be built.
 */
export async function ensureS3Server(
	onProgress: (line: string) => void,
): Promise<string> {
	return await ensureGoTool(s3Server(), onProgress);
}
