import { readFileSync } from "node:fs";
import { runGenerator } from "./generator.ts";
import { loadOptions } from "./options.ts";

// A process of its own, so that the load is not slowed by what it measures. Ends at SIGTERM, or when its parent is gone.
const [optionsFile] = process.argv.slice(2);
if (optionsFile === undefined) throw new Error("usage: main.ts OPTIONS_FILE");
const load = await runGenerator(
	loadOptions.parse(JSON.parse(readFileSync(optionsFile, "utf8"))),
);
process.stdout.write("running\n");

const parent = process.ppid;
const watch = setInterval(() => {
	if (process.ppid !== parent) void end();
}, 1000);
process.once("SIGTERM", () => void end());

async function end(): Promise<void> {
	clearInterval(watch);
	await load.stop();
	process.exit(0);
}
