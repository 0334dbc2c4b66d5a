import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFiles } from "./bundles.ts";
import { laptopEnvironment } from "./environment.ts";
import { ensureChromium } from "./installChromium.ts";
import { ensurePostgres } from "./installPostgres.ts";
import { checkout, laptopPlaces } from "./places.ts";
import { resolveEngine } from "./resolve.ts";
import { stamp } from "./stamp.ts";
import { pluginFiles } from "./wrappers.ts";

/**
 * Brings what `npm start` and `npm test` need onto this machine and notes in `readyFile` what it looked at, so that the next start
 * has only to see that nothing changed. Only the tests need a browser.
 */
export async function prepareLaptop(
	onProgress: (line: string) => void,
	readyFile: string,
	variables: readonly string[],
	purpose: "start" | "test",
): Promise<void> {
	const server = await ensurePostgres(onProgress);
	const browser =
		purpose === "test" ? await ensureChromium(onProgress) : undefined;
	await laptopEnvironment(onProgress);
	const engine = await resolveEngine(onProgress);
	const places = laptopPlaces();
	const files = [
		...sourceFiles(),
		...bundleFiles(),
		...Object.values(pluginFiles(places)),
		join(engine.directory, "pulumi"),
		join(engine.directory, "pulumi-language-nodejs"),
		join(server.directory, "postgres"),
		places.passphraseFile,
		places.endpointFile,
	];
	const ready = {
		browser: browser ?? null,
		environment: variables.map((name) => process.env[name] ?? null),
		files: Object.fromEntries(
			files.map((file) => [file, stamp(file) ?? "missing"]),
		),
	};
	writeFileSync(readyFile, JSON.stringify(ready));
}

/** What decides about the engine and is in no bundle. */
function sourceFiles(): string[] {
	const folder = join(checkout(), "rehearsal/engine");
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
}
