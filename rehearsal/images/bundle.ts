import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { type BuildOptions, build } from "esbuild";

const root = resolve(import.meta.dirname, "../..");
const backend = join(root, "rehearsal/app/backend");
const frontend = join(root, "rehearsal/app/frontend");
const cutover = join(root, "cutover");

// pg and its like are CommonJS: inside an ES module they need a `require` for Node's own modules.
const requireBanner =
	'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);';

const program = {
	bundle: true,
	platform: "node",
	target: "node20",
	format: "esm",
	minify: true,
	// Error messages quote class names.
	keepNames: true,
	mainFields: ["module", "main"],
	external: ["pg-native"],
	legalComments: "none",
	outExtension: { ".js": ".mjs" },
	banner: { js: requireBanner },
	absWorkingDir: root,
	logLevel: "silent",
} as const satisfies BuildOptions;

/** Writes the backend into a folder: `server.mjs`, its password worker, and the S3 client as a part loaded on demand. */
export async function bundleBackend(folder: string): Promise<void> {
	await build({
		...program,
		entryPoints: {
			server: join(backend, "main.ts"),
			passwordWorker: join(backend, "passwordWorker.ts"),
		},
		splitting: true,
		chunkNames: "part-[hash]",
		outdir: folder,
	});
}

/** Writes the frontend into a folder: `server.mjs` and the pages it serves in `public/`. */
export async function bundleFrontend(folder: string): Promise<void> {
	const pages = join(folder, "public");
	await mkdir(pages, { recursive: true });
	await Promise.all([
		build({
			...program,
			entryPoints: { server: join(frontend, "server.ts") },
			outdir: folder,
		}),
		build({
			bundle: true,
			platform: "browser",
			target: "es2022",
			format: "esm",
			minify: true,
			jsx: "automatic",
			define: { "process.env.NODE_ENV": '"production"' },
			legalComments: "none",
			entryPoints: { app: join(frontend, "main.tsx") },
			outdir: pages,
			absWorkingDir: root,
			logLevel: "silent",
		}),
		copyFile(join(frontend, "index.html"), join(pages, "index.html")),
		copyFile(join(frontend, "icon.svg"), join(pages, "icon.svg")),
	]);
}

/** What is needed of packages that read files beside themselves and so cannot be part of a bundle. */
const packages: Readonly<Record<string, RegExp>> = {
	// The rest draws recordings and installs browsers.
	"playwright-core":
		/^(package\.json|browsers\.json|index\.(js|mjs)|LICENSE|NOTICE|lib(\/(?!vite|tools).*)?)?$/,
	"axe-core": /^(package\.json|axe\.min\.js|LICENSE)?$/,
	"@resvg/resvg-js": /^(package\.json|index\.js|js-binding\.js|LICENSE)?$/,
	"dejavu-fonts-ttf":
		/^(package\.json|LICENSE|ttf(\/DejaVuSans(-Bold)?\.ttf)?)?$/,
};

/** The same, and the machine code of the processor that this runs on: an image is built where it fits. */
async function packagesToCopy(): Promise<typeof packages> {
	const scope = await readdir(join(root, "node_modules/@resvg"));
	const native = scope.filter((name) => name.startsWith("resvg-js-"));
	return {
		...packages,
		...Object.fromEntries(
			native.map((name) => [
				`@resvg/${name}`,
				/^(package\.json|LICENSE|.*\.node)?$/,
			]),
		),
	};
}

/**
 * Writes the command line into a folder: `cutover.mjs`, its parts, each loaded when a verb needs it, `migrations/` and
 * what steers a browser and draws pictures. In one piece it would take twice the memory before it does anything.
 */
export async function bundleCutover(folder: string): Promise<void> {
	await build({
		...program,
		entryPoints: { cutover: join(cutover, "src/cli.ts") },
		splitting: true,
		chunkNames: "part-[hash]",
		outdir: folder,
	});
	await cp(join(cutover, "migrations"), join(folder, "migrations"), {
		recursive: true,
	});
	for (const [name, wanted] of Object.entries(await packagesToCopy())) {
		const from = join(root, "node_modules", name);
		await cp(from, join(folder, "node_modules", name), {
			recursive: true,
			dereference: true,
			filter: (path) => wanted.test(relative(from, path)),
		});
	}
}

/** Writes one program of ours into `<name>.mjs` of a folder. */
export async function bundleProgram(
	source: string,
	folder: string,
	name: string,
): Promise<string> {
	await build({ ...program, entryPoints: { [name]: source }, outdir: folder });
	return join(folder, `${name}.mjs`);
}

/** sha256 over the sorted list of (path, sha256) of a folder's files: the same content gives the same digest anywhere. */
export async function digestOf(folder: string): Promise<string> {
	const entries = await readdir(folder, {
		recursive: true,
		withFileTypes: true,
	});
	const files = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.map((path) => relative(folder, path))
		.sort();
	const whole = createHash("sha256");
	for (const file of files) {
		const content = await readFile(join(folder, file));
		const hash = createHash("sha256").update(content).digest("hex");
		whole.update(`${file}\0${hash}\n`);
	}
	return whole.digest("hex");
}
