import {
	chmodSync,
	mkdirSync,
	readFileSync,
	renameSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { checkout, type LaptopPlaces } from "./places.ts";
import { quote } from "./shell.ts";
import { packageVersion } from "./versions.ts";

/** Where the executables of the engine's plugins lie for these places. */
export function pluginFiles(places: LaptopPlaces): {
	aws: string;
	command: string;
	languageHost: string;
} {
	return {
		aws: pluginFile(places, "aws"),
		command: pluginFile(places, "command"),
		languageHost: languageHostFile(places.pulumiHome),
	};
}

/** Installs the plugins, each a small script around its bundle. Only what differs is written. */
export function installWrappers(
	places: LaptopPlaces,
	bundles: Record<string, string>,
): void {
	const files = pluginFiles(places);
	const environment = {
		TRUSTED_LOGIN_HOME: places.home,
		TRUSTED_LOGIN_CACHE: places.cache,
		TRUSTED_LOGIN_CHECKOUT: checkout(),
	};
	writeExecutable(
		files.languageHost,
		wrapper(requireBundle(bundles, "language-nodejs"), {}),
	);
	writeExecutable(
		files.aws,
		wrapper(requireBundle(bundles, "provider-aws"), {
			...environment,
			TRUSTED_LOGIN_LAPTOPD: requireBundle(bundles, "laptopd"),
		}),
	);
	writeExecutable(
		files.command,
		wrapper(requireBundle(bundles, "provider-command"), {
			...environment,
			// The commands of the program are the command line's own verbs: bundled, they start in half the time.
			CUTOVER_BUNDLE: requireBundle(bundles, "cutover"),
		}),
	);
}

/**
 * The script that lies beside an engine built from source. The engine is shared by all checkouts of a user, the language host
 * is each checkout's own: PULUMI_HOME tells them apart.
 */
export const sharedLanguageHost = `#!/bin/sh
exec "\${PULUMI_HOME:?is not set: run eval \\"\\$(npx cutover env)\\" first}/hosts/pulumi-language-nodejs" "$@"
`;

/** Writes an executable in one move unless it is there already, so that nobody ever starts half a script. */
export function writeExecutable(file: string, content: string): void {
	if (readIfPresent(file) === content) return;
	mkdirSync(dirname(file), { recursive: true });
	const draft = `${file}.${process.pid}`;
	writeFileSync(draft, content);
	chmodSync(draft, 0o755);
	renameSync(draft, file);
}

const languageHostFile = (pulumiHome: string): string =>
	join(pulumiHome, "hosts/pulumi-language-nodejs");

function pluginFile(places: LaptopPlaces, name: string): string {
	const version = packageVersion(`@pulumi/${name}`);
	return join(
		places.pulumiHome,
		"plugins",
		`resource-${name}-v${version}`,
		`pulumi-resource-${name}`,
	);
}

function wrapper(bundle: string, environment: Record<string, string>): string {
	const exports = Object.entries(environment).map(
		([name, value]) => `export ${name}=${quote(value)}\n`,
	);
	return `#!/bin/sh\n${exports.join("")}exec ${quote(process.execPath)} ${quote(bundle)} "$@"\n`;
}

function requireBundle(bundles: Record<string, string>, name: string): string {
	const file = bundles[name];
	if (file === undefined) throw new Error(`the bundle ${name} was not built`);
	return file;
}

function readIfPresent(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return undefined;
	}
}
