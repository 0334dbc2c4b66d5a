import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { createHome } from "../engine/places.ts";
import { decideForLaptop } from "../start/decision.ts";
import { keepPhases } from "../start/phases.ts";
import { createProgress } from "../start/progress.ts";
import { runStart } from "../start/run.ts";
import { phasesFile, showRun } from "../start/statusPage.ts";
import { findProblems, formatSummary, type Summary } from "../start/summary.ts";

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
	const startedAt = new Date();
	createHome();
	const progress = keepPhases(createProgress(process.stderr), phasesFile());
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
		const page = await showOn(startedAt, summary);
		progress.say(formatSummary(summary, page));
		progress.say(await decideForLaptop(summary, startedAt));
		return findProblems(summary).length === 0 ? 0 : 1;
	} catch (error) {
		progress.say(`\n${error instanceof Error ? error.message : String(error)}`);
		const page = await showOn(
			startedAt,
			error instanceof Error ? error : new Error(String(error)),
		);
		progress.say(
			`Nothing is lost: npm start goes on from here, npm run down removes everything.\nStatus page: ${page}`,
		);
		return 1;
	}
}

/** A page that cannot be written changes nothing about the run. */
async function showOn(
	startedAt: Date,
	ended: Summary | Error,
): Promise<string> {
	try {
		return pathToFileURL(await showRun(startedAt, ended)).href;
	} catch (error) {
		return `not written: ${error instanceof Error ? error.message : String(error)}`;
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
