import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleBackend, bundleCutover, bundleFrontend } from "./bundle.ts";

/** The S3 client announces with every start that it will ask for a newer Node one day. */
const quietEnvironment = {
	AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
} as const;

/** Environment of the servers: their heaps stay small, so that two releases side by side fit beside the databases. */
export const serverEnvironment = {
	NODE_OPTIONS: "--max-semi-space-size=2 --max-old-space-size=64",
	...quietEnvironment,
} as const;

/** Environment of the command line: what dies young is let go at once, so that moving rows takes no more memory than it must. */
export const cutoverEnvironment = {
	NODE_OPTIONS: "--max-semi-space-size=2",
	...quietEnvironment,
} as const;

/** Folders of the built images, each holding `image.json` and its files. */
export interface BuiltImages {
	readonly "trusted-login-backend": string;
	readonly "trusted-login-frontend": string;
	readonly "trusted-login-cutover": string;
}

/**
 * Builds the three images of a release into `<outDir>/<repository>/`, replacing what is there. The same sources and
 * release give the same bytes; two releases of the same sources differ by their RELEASE only.
 */
export async function buildImages(
	release: string,
	outDir: string,
): Promise<BuiltImages> {
	const images: BuiltImages = {
		"trusted-login-backend": join(outDir, "trusted-login-backend"),
		"trusted-login-frontend": join(outDir, "trusted-login-frontend"),
		"trusted-login-cutover": join(outDir, "trusted-login-cutover"),
	};
	await Promise.all([
		image(images["trusted-login-backend"], bundleBackend, {
			command: ["node", "server.mjs"],
			environment: { RELEASE: release, ...serverEnvironment },
		}),
		image(images["trusted-login-frontend"], bundleFrontend, {
			command: ["node", "server.mjs"],
			environment: { RELEASE: release, ...serverEnvironment },
		}),
		image(images["trusted-login-cutover"], bundleCutover, {
			command: ["node", "cutover.mjs"],
			environment: { RELEASE: release, ...cutoverEnvironment },
		}),
	]);
	return images;
}

async function image(
	folder: string,
	bundle: (folder: string) => Promise<void>,
	description: {
		readonly command: readonly string[];
		readonly environment: Readonly<Record<string, string>>;
	},
): Promise<void> {
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	await bundle(folder);
	await writeFile(
		join(folder, "image.json"),
		`${JSON.stringify(description, null, "\t")}\n`,
	);
}
