import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
} from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../engine/fileLock.ts";
import { goBuild, goVersion } from "../engine/goBuild.ts";
import { checkout, laptopPlaces } from "../engine/places.ts";

const command = "github.com/versity/versitygw/cmd/versitygw";
const moduleFolder = () => join(checkout(), "rehearsal/s3/gomod");

/** Where the S3 server lies once it is built, shared by all checkouts of a user. */
export function s3ServerFile(): string {
	return join(laptopPlaces().cache, `versitygw-${pinnedVersion()}`);
}

/**
 * The S3 server that reports are tested against, which nobody here wrote: built from Go modules (95 s on two cores the
 * first time, with everything to fetch), then kept.
 * @throws when it is neither there nor can be built.
 */
export async function ensureS3Server(
	onProgress: (line: string) => void,
): Promise<string> {
	const file = s3ServerFile();
	if (existsSync(file)) return file;
	const { cache } = laptopPlaces();
	mkdirSync(cache, { recursive: true });
	return await withFileLock(`${file}.lock`, onProgress, async () => {
		if (existsSync(file)) return file;
		const problem = await build(file, cache, onProgress);
		if (problem === undefined) return file;
		throw new Error(
			`the S3 server versitygw ${pinnedVersion()} cannot be built: ${problem}; install Go 1.25 or newer, then run this again`,
		);
	});
}

async function build(
	file: string,
	cache: string,
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const go = goVersion();
	if (go === undefined) return "there is no Go on PATH";
	const draft = mkdtempSync(join(cache, ".build-"));
	try {
		for (const name of ["go.mod", "go.sum", "tools.go"]) {
			copyFileSync(join(moduleFolder(), name), join(draft, name));
		}
		onProgress(`building the S3 server for tests with ${go}, then kept`);
		const output = join(draft, "versitygw");
		const problem = await goBuild(
			{
				title: "the S3 server",
				folder: draft,
				command,
				linkerFlags: "-s -w",
				output,
			},
			onProgress,
		);
		if (problem === undefined) renameSync(output, file);
		return problem;
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}

function pinnedVersion(): string {
	const file = join(moduleFolder(), "go.mod");
	const version = /^require github\.com\/versity\/versitygw v(\S+)$/m.exec(
		readFileSync(file, "utf8"),
	)?.[1];
	if (version === undefined) {
		throw new Error(`${file} does not require github.com/versity/versitygw`);
	}
	return version;
}
