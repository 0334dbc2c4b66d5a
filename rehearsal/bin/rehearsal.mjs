#!/usr/bin/env node
import { register } from "tsx/esm/api";

register();
try {
	const { runCli } = await import("../engine/cli.ts");
	process.exitCode = await runCli(process.argv.slice(2));
} catch (error) {
	process.stderr.write(
		`${error instanceof Error ? error.message : String(error)}\n`,
	);
	process.exitCode = 1;
}
