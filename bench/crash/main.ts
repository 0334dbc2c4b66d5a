import { combineOutcomes, type Outcome } from "../../cutover/src/outcome.ts";
import { type Bench, runBench, saveReport } from "../program.ts";
import { measureAgain } from "./again.ts";
import { runCampaign } from "./campaign.ts";
import { runFullDisks } from "./fullDisk.ts";
import { judge } from "./goals.ts";
import { type Options, optionsOf } from "./options.ts";
import { phases } from "./phases.ts";
import { type Report, renderReport } from "./report.ts";
import { withStage } from "./stage.ts";

async function measure(bench: Bench<Options>): Promise<Outcome> {
	const { options, say, signal } = bench;
	const chosen = phases.filter(
		({ name }) => options.phase === undefined || name === options.phase,
	);
	for (const { name, missing } of chosen) {
		if (missing !== undefined) say(`${name}: NOT RUN: ${missing}`);
	}
	const runnable = chosen.filter(({ missing }) => missing === undefined);
	say(`seeding ${options.users.toLocaleString("en")} users`);
	const found = await withStage(options, async (stage) => ({
		again: options.phase === undefined ? await measureAgain(stage) : undefined,
		fullDisks: await runFullDisks(stage, options, say, signal),
		// Last: it ends with legacy tables that were written back to.
		runs: await runCampaign(stage, runnable, options, say, signal),
	}));
	const report: Report = {
		...bench.circumstances,
		options,
		...found,
		missing: chosen.flatMap(({ name, missing }) =>
			missing === undefined ? [] : [{ phase: name, missing }],
		),
		minutes: bench.minutes(),
	};
	const goals = judge(report);
	const outcome = combineOutcomes(goals);
	const file = await saveReport(
		options.into,
		"results",
		{ ...report, goals },
		renderReport(report, goals),
	);
	say(`${outcome}; written to ${file}`);
	return outcome;
}

process.exitCode = await runBench({
	name: "crash",
	about:
		"Breaks the command line, its connections, servers and disks off in every phase, and counts what is lost or doubled.",
	options: optionsOf(phases.map(({ name }) => name)),
	measure,
});
