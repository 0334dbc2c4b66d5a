import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
	InterruptedError,
	isKind,
	reasonOf,
} from "../../cutover/src/errors.ts";
import { combineOutcomes, exitCodeOf } from "../../cutover/src/outcome.ts";
import { bundleProgram } from "../../rehearsal/images/bundle.ts";
import { calibrate } from "./calibrate.ts";
import { type Run, runOnce } from "./campaign.ts";
import { type Options, parseOptions } from "./options.ts";
import { judge, type Report, renderReport } from "./report.ts";
import { type Copy, startCopy } from "./servers.ts";
import { startStage } from "./stage.ts";

const started = Date.now();
const say = (line: string) => {
	const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(7);
	process.stderr.write(`${seconds} s  ${line}\n`);
};

const commandLine = fileURLToPath(
	new URL("../../cutover/src/cli.ts", import.meta.url),
);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
	process.stderr.write(`${reasonOf(error)}\n`);
	return isKind(error, "UsageError") ? 2 : 1;
});

async function main(argv: readonly string[]): Promise<number> {
	const options = parseOptions(argv);
	const stop = new AbortController();
	for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
		process.on(name, () =>
			stop.abort(new InterruptedError(`stopped by ${name}`)),
		);
	}
	const runs = await campaign(options, stop.signal);
	const report: Report = {
		date: new Date().toISOString().slice(0, 10),
		command: [
			"npm run bench:perf",
			...(argv.length > 0 ? ["--"] : []),
			...argv,
		].join(" "),
		machine: `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
		options,
		runs,
		minutes: (Date.now() - started) / 60_000,
	};
	const goals = judge(report);
	const text = renderReport(report, goals);
	await mkdir(options.into, { recursive: true });
	await writeFile(join(options.into, "results.md"), text);
	await writeFile(
		join(options.into, "results.json"),
		`${JSON.stringify({ ...report, goals }, undefined, "\t")}\n`,
	);
	process.stdout.write(text);
	return exitCodeOf(combineOutcomes(goals));
}

/** Both kinds in turn, so that a busy hour falls on both. What was measured before a stop is kept. */
async function campaign(
	options: Options,
	signal: AbortSignal,
): Promise<readonly Run[]> {
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
