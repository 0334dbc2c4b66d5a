import {
	cpSync,
	mkdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { z } from "zod";
import { checkout } from "../engine/places.ts";

/** A policy pack as a folder by itself. */
export interface PackBundle {
	readonly folder: string;
	readonly bytes: number;
	/** What the code imports beside Node's own modules. */
	readonly imports: readonly string[];
}

const manifestSchema = z.object({
	name: z.string(),
	version: z.string(),
	description: z.string(),
	license: z.string(),
	dependencies: z.looseObject({ "@pulumi/pulumi": z.string() }),
});

/**
 * Writes the pack of this checkout, bundled, into a folder of its own: a published pack ships that folder and nothing
 * beside it. What the folder held before is removed.
 * @throws when the pack cannot be bundled.
 */
export async function bundlePack(folder: string): Promise<PackBundle> {
	const source = join(checkout(), "policies");
	const { outputFiles, metafile } = await build(options(source));
	const [code] = outputFiles;
	if (code === undefined) throw new Error(`${source} gave no bundle`);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "main.cjs"), code.contents);
	writeFileSync(join(folder, "package.json"), manifest(source));
	cpSync(join(source, "PulumiPolicy.yaml"), join(folder, "PulumiPolicy.yaml"));
	cpSync(join(checkout(), "LICENSE"), join(folder, "LICENSE"));
	const imports = Object.values(metafile.outputs).flatMap((output) =>
		output.imports.map(({ path }) => path),
	);
	return {
		folder,
		bytes: code.contents.length,
		imports: [...new Set(imports)].sort(),
	};
}

function options(source: string) {
	return {
		entryPoints: [join(source, "index.ts")],
		absWorkingDir: checkout(),
		bundle: true,
		platform: "node",
		// The SDK's runner loads a pack with require().
		format: "cjs",
		target: "node20",
		minify: true,
		// Error messages quote class names.
		keepNames: true,
		legalComments: "inline",
		plugins: [onlyWhatIsUsed],
		write: false,
		metafile: true,
		logLevel: "silent",
	} satisfies BuildOptions;
}

/**
 * Of the whole SDK `@pulumi/policy` uses two things, but loads all of it: the compiler that serializes functions, the
 * Automation API, the package manager. That is most of a pack's start. A third thing would be missed by name.
 */
const sdkInUse = `
	const used = {
		asset: require("@pulumi/pulumi/asset"),
		Output: require("@pulumi/pulumi/output").Output,
	};
	module.exports = new Proxy(used, {
		get(target, name) {
			if (name in target) return target[name];
			throw new Error("the bundled pack lacks " + String(name) + " of @pulumi/pulumi; add it to the pack's bundler");
		},
	});
`;

const onlyWhatIsUsed: Plugin = {
	name: "only-what-is-used",
	setup({ onResolve, onLoad }) {
		onResolve({ filter: /^@pulumi\/pulumi$/ }, () => ({
			path: "sdk",
			namespace: "only-what-is-used",
		}));
		onLoad({ filter: /.*/, namespace: "only-what-is-used" }, () => ({
			contents: sdkInUse,
			resolveDir: checkout(),
		}));
	},
};

/** The engine finds the runner of packs in the pack's own `@pulumi/pulumi`; everything else is in the bundle. */
function manifest(source: string): string {
	const { dependencies, ...about } = manifestSchema.parse(
		JSON.parse(readFileSync(join(source, "package.json"), "utf8")),
	);
	const published = {
		...about,
		main: "./main.cjs",
		dependencies: { "@pulumi/pulumi": dependencies["@pulumi/pulumi"] },
	};
	return `${JSON.stringify(published, undefined, "\t")}\n`;
}
