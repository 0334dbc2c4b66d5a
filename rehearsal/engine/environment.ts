import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { bundleAll } from "./bundles.ts";
import {
	createHome,
	createOnce,
	laptopPlaces,
	loadOrCreateEndpoint,
} from "./places.ts";
import { type Engine, resolveEngine } from "./resolve.ts";
import { installWrappers } from "./wrappers.ts";

/**
 * Encrypts the state of the laptop's stacks. It is no secret: its salt stands in the stack file, so that a plain `pulumi preview` leaves
 * that file as it was committed. What protects the state is its folder, which only its owner can read.
 */
const laptopPassphrase = "laptop";

/** Variables that would send an engine or an SDK elsewhere, whatever else is set. */
export const foreignVariables = [
	"AWS_PROFILE",
	"AWS_DEFAULT_PROFILE",
	"AWS_SESSION_TOKEN",
	"AWS_DEFAULT_REGION",
	"PULUMI_ACCESS_TOKEN",
	"PULUMI_CONFIG_PASSPHRASE",
	"PULUMI_STACK",
] as const;

/**
 * What puts engine, language host and laptop cloud in front of a process. Makes everything ready first: engine, bundles, plugins,
 * folders, passphrase, endpoint; nothing of that takes time when it is there already.
 */
export async function laptopEnvironment(
	onProgress: (line: string) => void = () => {},
): Promise<Record<string, string>> {
	const places = laptopPlaces();
	const engine = await resolveEngine(onProgress);
	createHome();
	for (const folder of [places.pulumiHome, places.state])
		mkdirSync(folder, { recursive: true, mode: 0o700 });
	createOnce(places.passphraseFile, () => laptopPassphrase);
	installWrappers(places, await bundleAll(undefined, onProgress));
	return describeEnvironment(engine);
}

/** The environment alone, for an engine that is ready. */
export function describeEnvironment(engine: Engine): Record<string, string> {
	const places = laptopPlaces();
	const endpoint = loadOrCreateEndpoint();
	return {
		PATH: pathWithFirst(engine.directory, process.env.PATH ?? ""),
		PULUMI_HOME: places.pulumiHome,
		PULUMI_BACKEND_URL: `file://${places.state}`,
		PULUMI_CONFIG_PASSPHRASE_FILE: places.passphraseFile,
		PULUMI_SKIP_UPDATE_CHECK: "true",
		PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
		TRUSTED_LOGIN_CLOUD: "laptop",
		TRUSTED_LOGIN_HOME: places.home,
		// What verbs come to in this shell stands on the page that npm start writes.
		CUTOVER_REPORT_DIR:
			process.env.CUTOVER_REPORT_DIR || join(places.home, "reports"),
		AWS_ENDPOINT_URL: `http://127.0.0.1:${endpoint.port}`,
		AWS_REGION: "us-east-1",
		AWS_ACCESS_KEY_ID: endpoint.accessKeyId,
		AWS_SECRET_ACCESS_KEY: endpoint.secretAccessKey,
	};
}

/** The whole environment of a child process: this one's, without what would lead elsewhere, and the laptop's on top. */
export async function childEnvironment(): Promise<Record<string, string>> {
	const inherited = Object.entries(process.env).filter(
		(entry): entry is [string, string] =>
			entry[1] !== undefined &&
			!foreignVariables.some((name) => name === entry[0]),
	);
	return { ...Object.fromEntries(inherited), ...(await laptopEnvironment()) };
}

/** Pure: `directory` first and once. */
export function pathWithFirst(directory: string, path: string): string {
	const others = path
		.split(delimiter)
		.filter((entry) => entry !== "" && entry !== directory);
	return [directory, ...others].join(delimiter);
}
