import { readFileSync } from "node:fs";
import { z } from "zod";
import { runGenerator } from "./generator.ts";
import { loadOptions } from "./options.ts";

// A process of its own, so that the load is not slowed by what it measures. Its parent may change the rate; it ends at
// SIGTERM, or when its parent is gone.
const [optionsFile] = process.argv.slice(2);
if (optionsFile === undefined) throw new Error("usage: main.ts OPTIONS_FILE");
const load = await runGenerator(
	loadOptions.parse(JSON.parse(readFileSync(optionsFile, "utf8"))),
);
process.stdout.write("running\n");

const order = z.object({ ratePerSecond: z.number().positive() });
process.on("message", (message) =>
	load.setRate(order.parse(message).ratePerSecond),
);
process.once("disconnect", () => void end());
process.once("SIGTERM", () => void end());

async function end(): Promise<void> {
	await load.stop();
	process.exit(0);
}
