import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reasonOf } from "../../cutover/src/errors.ts";
import { combineOutcomes, type Outcome } from "../../cutover/src/outcome.ts";
import { bundleProgram } from "../../rehearsal/images/bundle.ts";
import { type Bench, runBench, saveReport } from "../program.ts";
import { calibrate } from "./calibrate.ts";
import { type Run, runOnce } from "./campaign.ts";
import { type Options, options } from "./options.ts";
import { judge, type Report, renderReport } from "./report.ts";
import { type Copy, startCopy } from "./servers.ts";
import { startStage } from "./stage.ts";

const commandLine = fileURLToPath(
	new URL("../../cutover/src/cli.ts", import.meta.url),
);

async function measure(bench: Bench<Options>): Promise<Outcome> {
	const runs = await campaign(bench);
	const report: Report = {
		...bench.circumstances,
		options: bench.options,
		runs,
		minutes: bench.minutes(),
	};
	const goals = judge(report);
	await saveReport(
		bench.options.into,
		"results",
		{ ...report, goals },
		renderReport(report, goals),
	);
	return combineOutcomes(goals);
}

/** Both kinds in turn, so that a busy hour falls on both. What was measured before a stop is kept. */
async function campaign({
	options,
	signal,
	say,
}: Bench<Options>): Promise<readonly Run[]> {
	const stage = await startStage(options.users);
	const copies: Copy[] = [];
	const start = async (factor: number) => {
		const copy = await startCopy({
			folder: stage.backend,
			environment: stage.environment,
			factor,
		});
		copies.push(copy);
		return copy;
	};
	const runs: Run[] = [];
	try {
		const program = await bundleProgram(commandLine, stage.folder, "cutover");
		const before = await start(1);
		const same = await start(1);
		const slow = await start(options.factor);
		const reached = await calibrate(before, slow, options.factor, signal);
		say(
			`the slower version takes, as the client sees it: ${reached.map(({ name, factor }) => `${name} ${factor.toFixed(2)} times`).join(", ")}`,
		);
		for (
			let nth = 0;
			nth < Math.max(options.same, options.slow) && !signal.aborted;
			nth += 1
		) {
			for (const [kind, copy, wanted] of [
				["same", same, options.same],
				["slow", slow, options.slow],
			] as const) {
				if (nth >= wanted) continue;
				const run = await runOnce(
					{
						kind,
						program,
						before: before.url,
						after: copy.url,
						database: stage.database,
						reportDir: join(options.into, `reports-${kind}`),
					},
					signal,
				);
				runs.push(run);
				say(
					`${kind} ${nth + 1} of ${wanted}: ${run.outcome} after ${run.rounds} rounds, ${run.seconds.toFixed(1)} s, ${((run.change ?? 0) * 100).toFixed(1)} %, load ${run.load.toFixed(1)} ${run.unsure.join(", ")}${run.trouble ?? ""}`,
				);
			}
		}
	} catch (error) {
		if (!signal.aborted) throw error;
		say(`${reasonOf(error)}; ${runs.length} comparisons are kept`);
	} finally {
		for (const copy of copies) await copy.stop();
		await stage.stop();
	}
	return runs;
}

process.exitCode = await runBench({
	name: "perf",
	about:
		"How often cutover perf compare is right about a version that is as fast as before and about one that is slower.",
	options,
	measure,
});
