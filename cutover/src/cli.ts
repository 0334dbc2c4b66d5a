import { setFlagsFromString } from "node:v8";
import { InterruptedError } from "./errors.ts";
import { runProgram } from "./program.ts";

// The SDK's versions are pinned: its advice to upgrade Node would only hide what a job has to say.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

// Rows pass through and leave garbage behind: tidied up often, a run fits into a container of 128 MB.
setFlagsFromString("--heap-growing-percent=10");

const stop = new AbortController();
let signals = 0;
// A terminal that is gone takes nothing away that has to be tidied up: then there is only nobody left to be told.
for (const out of [process.stdout, process.stderr])
	out.on("error", () => undefined);
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
	process.on(name, () => {
		signals += 1;
		// Whoever asks twice does not want to wait for the tidying up.
		if (signals > 1) process.exit(1);
		stop.abort(new InterruptedError(`stopped by ${name}`));
	});
}

const exitCode = await runProgram(process.argv.slice(2), {
	stdout: process.stdout,
	stderr: process.stderr,
	signal: stop.signal,
});
// Ends also when a library left a socket open, but not before everything is written.
process.stdout.write("", () => process.exit(exitCode));
