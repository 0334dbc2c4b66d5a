import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import {
	InterruptedError,
	isKind,
	reasonOf,
} from "../../cutover/src/errors.ts";
import { combineOutcomes, exitCodeOf } from "../../cutover/src/outcome.ts";
import { measureAgain } from "./again.ts";
import { runCampaign } from "./campaign.ts";
import { runFullDisks } from "./fullDisk.ts";
import { judge } from "./goals.ts";
import { parseOptions } from "./options.ts";
import { phases } from "./phases.ts";
import { type Report, renderReport } from "./report.ts";
import { withStage } from "./stage.ts";

const started = Date.now();
const say = (line: string) => {
	const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(7);
	process.stderr.write(`${seconds} s  ${line}\n`);
};

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
	process.stderr.write(`${reasonOf(error)}\n`);
	if (isKind(error, "UsageError")) return 2;
	return isKind(error, "NotAvailableError") ? 3 : 1;
});

async function main(argv: readonly string[]): Promise<number> {
	const options = parseOptions(
		argv,
		phases.map(({ name }) => name),
	);
	const stop = new AbortController();
	for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
		process.once(name, () => {
			say(`${name}: ending everything after this case; nothing is written`);
			stop.abort(new InterruptedError(`stopped by ${name}`));
		});
	}
	const chosen = phases.filter(
		({ name }) => options.phase === undefined || name === options.phase,
	);
	for (const { name, missing } of chosen) {
		if (missing !== undefined) say(`${name}: NOT RUN: ${missing}`);
	}
	const runnable = chosen.filter(({ missing }) => missing === undefined);
	say(`seeding ${options.users.toLocaleString("en")} users`);
	const stageOptions = { ...options, batchRows: options["batch-rows"] };
	const found = await withStage(stageOptions, async (stage) => ({
		again: options.phase === undefined ? await measureAgain(stage) : undefined,
		fullDisks: await runFullDisks(stage, options, say, stop.signal),
		// Last: it ends with legacy tables that were written back to.
		runs: await runCampaign(stage, runnable, options, say, stop.signal),
	}));
	const report: Report = {
		date: new Date().toISOString().slice(0, 10),
		command: [
			"npm run bench:crash",
			...(argv.length > 0 ? ["--"] : []),
			...argv,
		].join(" "),
		machine: `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB`,
		options,
		...found,
		missing: chosen.flatMap(({ name, missing }) =>
			missing === undefined ? [] : [{ phase: name, missing }],
		),
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
	const outcome = combineOutcomes(goals);
	say(`${outcome}; written to ${join(options.into, "results.md")}`);
	return exitCodeOf(outcome);
}
