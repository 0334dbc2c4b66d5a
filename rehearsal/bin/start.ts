import { parseArgs } from "node:util";
import { z } from "zod";
import { createProgress } from "../start/progress.ts";
import { runStart } from "../start/run.ts";
import { findProblems, formatSummary } from "../start/summary.ts";

const usage = `usage: npm start [-- --users N] [-- --rate N] [-- --port-offset N] [-- --json]

Carries a seeded legacy system to blue-green on the laptop cloud, under load. Safe to run twice.

  --users N        users of the legacy system (default 100000); counts at the first start only
  --rate N         requests per second of the load (default 200)
  --port-offset N  added to every port, to run beside another laptop cloud (default 0)
  --json           the summary as JSON on stdout`;

const whole = z.coerce.number().int().nonnegative();
const options = z.object({
	users: whole.min(100).default(100_000),
	rate: whole.positive().max(2000).default(200),
	"port-offset": whole.max(8000).default(0),
});

process.exitCode = await main();

async function main(): Promise<number> {
	const values = readArguments();
	if (values === undefined) return 2;
	const progress = createProgress(process.stderr);
	// The engine finishes what is in flight, so that it knows what it made; a second Ctrl-C does not wait for it.
	const interrupted = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		process.once(signal, () =>
			interrupted.abort(new Error(`stopped by ${signal}`)),
		);
	try {
		const summary = await runStart(
			{
				users: values.users,
				requestsPerSecond: values.rate,
				portOffset: values["port-offset"],
			},
			progress,
			interrupted.signal,
		);
		if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
		progress.say(formatSummary(summary));
		return findProblems(summary).length === 0 ? 0 : 1;
	} catch (error) {
		progress.say(`\n${error instanceof Error ? error.message : String(error)}`);
		progress.say(
			"Nothing is lost: npm start goes on from here, npm run down removes everything.",
		);
		return 1;
	}
}

function readArguments() {
	try {
		const { values } = parseArgs({
			options: {
				users: { type: "string" },
				rate: { type: "string" },
				"port-offset": { type: "string" },
				json: { type: "boolean", default: false },
				help: { type: "boolean", short: "h", default: false },
			},
		});
		if (values.help) throw new Error(usage);
		const parsed = options.safeParse(values);
		if (!parsed.success)
			throw new Error(`${z.prettifyError(parsed.error)}\n\n${usage}`);
		return { ...parsed.data, json: values.json };
	} catch (error) {
		process.stderr.write(
			`${error instanceof Error ? error.message : String(error)}\n`,
		);
		return undefined;
	}
}
