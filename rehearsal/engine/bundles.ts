import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { BuildOptions } from "esbuild";
import { checkout, laptopPlaces } from "./places.ts";
import { stamp } from "./stamp.ts";

/** One program that is bundled into a single file, so that it starts fast and runs without node_modules beside it. */
export interface BundleSource {
	name: string;
	/** Source file, relative to the checkout. */
	entry: string;
	/** A plugin of the engine, which ends itself when the engine is gone. */
	endsWithEngine: boolean;
}

/** What this checkout bundles. */
export const bundleSources: readonly BundleSource[] = [
	{
		name: "language-nodejs",
		entry: "rehearsal/engine/languageHost.ts",
		endsWithEngine: false,
	},
	{
		name: "provider-aws",
		entry: "rehearsal/cloud/provider/aws.ts",
		endsWithEngine: true,
	},
	{
		name: "provider-command",
		entry: "rehearsal/cloud/provider/command.ts",
		endsWithEngine: true,
	},
	{
		name: "laptopd",
		entry: "rehearsal/cloud/laptopd.ts",
		endsWithEngine: false,
	},
	{
		name: "cutover",
		entry: "cutover/src/cli.ts",
		endsWithEngine: false,
	},
];

interface Bundle {
	file: string;
	options: string;
	inputs: Record<string, string>;
}

/**
 * Brings every bundle up to date and answers their files by name. Bundles lie in the cache by the hash of their content; what
 * has not changed since the last call is only looked at (size and time of each input).
 */
export async function bundleAll(
	sources: readonly BundleSource[] = bundleSources,
	onProgress: (line: string) => void = () => {},
): Promise<Record<string, string>> {
	const files: Record<string, string> = {};
	for (const source of sources) {
		const known = readBundle(source);
		if (known !== undefined && isFresh(known)) {
			files[source.name] = known.file;
			continue;
		}
		onProgress(`bundling ${source.entry}`);
		files[source.name] = await bundle(source);
	}
	return files;
}

/** The bundles that are not up to date, by name; changes nothing. */
export function staleBundles(
	sources: readonly BundleSource[] = bundleSources,
): string[] {
	return sources
		.filter((source) => {
			const known = readBundle(source);
			return known === undefined || !isFresh(known);
		})
		.map(({ name }) => name);
}

async function bundle(source: BundleSource): Promise<string> {
	const entry = resolve(checkout(), source.entry);
	if (!existsSync(entry))
		throw new Error(`${entry} is missing; the checkout is incomplete`);
	// Loaded only here: when nothing changed, the bundler is not needed.
	const { build } = await import("esbuild");
	const result = await build({
		...buildOptions(source),
		entryPoints: [entry],
		absWorkingDir: checkout(),
		write: false,
		metafile: true,
		logLevel: "silent",
	}).catch((error: unknown) => {
		throw new Error(
			`${source.entry} cannot be bundled: ${error instanceof Error ? error.message : error}`,
		);
	});
	const code = result.outputFiles[0]?.contents;
	if (code === undefined) throw new Error(`${source.entry} gave no bundle`);
	const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
	const file = join(
		laptopPlaces().cache,
		"bundles",
		hash,
		`${source.name}.mjs`,
	);
	if (!existsSync(file)) writeWhole(file, code);
	const inputs = Object.keys(result.metafile.inputs).map(
		(path): [string, string] => {
			const absolute = resolve(checkout(), path);
			return [absolute, stamp(absolute) ?? "unknown"];
		},
	);
	const record: Bundle = {
		file,
		options: optionsKey(source),
		inputs: Object.fromEntries(inputs),
	};
	writeWhole(recordFile(source), JSON.stringify(record));
	return file;
}

/** Every file whose change makes a bundle stale, and the bundles themselves. */
export function bundleFiles(): string[] {
	return bundleSources.flatMap((source) => {
		const bundle = readBundle(source);
		return bundle === undefined
			? []
			: [recordFile(source), bundle.file, ...Object.keys(bundle.inputs)];
	});
}

function buildOptions(source: BundleSource) {
	return {
		bundle: true,
		platform: "node",
		format: "esm",
		target: "node20",
		legalComments: "none",
		minify: true,
		// Error messages quote class names.
		keepNames: true,
		// The SDK loads these only to serialize functions or to install packages, which no plugin of ours does.
		external: ["typescript", "ts-node", "@npmcli/arborist", "pg-native"],
		banner: { js: requireBanner() },
		inject: source.endsWithEngine
			? [join(checkout(), "rehearsal/engine/endWithEngine.ts")]
			: [],
	} satisfies BuildOptions;
}

/** CommonJS packages call require(); what is external is looked up from the checkout, not from the cache. */
function requireBanner(): string {
	const from = JSON.stringify(join(checkout(), "package.json"));
	return `import { createRequire as createRequireFromCheckout } from "node:module";\nconst require = createRequireFromCheckout(${from});`;
}

const optionsKey = (source: BundleSource): string =>
	createHash("sha256")
		.update(JSON.stringify([source, buildOptions(source), bundlerVersion()]))
		.digest("hex");

function bundlerVersion(): unknown {
	const manifest = createRequire(import.meta.url).resolve(
		"esbuild/package.json",
	);
	return stamp(manifest);
}

function isFresh(bundle: Bundle): boolean {
	return (
		existsSync(bundle.file) &&
		Object.entries(bundle.inputs).every(
			([path, known]) => stamp(path) === known,
		)
	);
}

function readBundle(source: BundleSource): Bundle | undefined {
	try {
		const record: Bundle = JSON.parse(readFileSync(recordFile(source), "utf8"));
		return record.options === optionsKey(source) ? record : undefined;
	} catch {
		return undefined;
	}
}

const recordFile = (source: BundleSource): string =>
	join(laptopPlaces().pulumiHome, "bundles", `${source.name}.json`);

function writeWhole(file: string, content: string | Uint8Array): void {
	mkdirSync(dirname(file), { recursive: true });
	const draft = `${file}.${process.pid}`;
	try {
		writeFileSync(draft, content);
		renameSync(draft, file);
	} finally {
		rmSync(draft, { force: true });
	}
}
