import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import {
	InterruptedError,
	isKind,
	reasonOf,
} from "../../cutover/src/errors.ts";
import { combineOutcomes, exitCodeOf } from "../../cutover/src/outcome.ts";
import { contenders } from "./contenders/index.ts";
import { seedSource } from "./databases.ts";
import { judgeGoals } from "./goals.ts";
import { type Options, parseOptions } from "./options.ts";
import { type Place, withPlace } from "./place.ts";
import { type Report, renderReport } from "./report.ts";
import { summarize } from "./results.ts";
import { runRounds } from "./rounds.ts";
import { scaleUp } from "./scale.ts";
import { serverSettings } from "./server.ts";
import { programVersions } from "./versions.ts";

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
		contenders.map(({ name }) => name),
	);
	const stop = new AbortController();
	for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
		process.once(name, () => {
			say(`${name}: ending everything; nothing is written`);
			stop.abort(new InterruptedError(`stopped by ${name}`));
		});
	}
	const report = await withPlace(stop.signal, say, (place) =>
		bench(place, options, argv),
	);
	await mkdir(options.into, { recursive: true });
	const text = renderReport(report);
	await writeFile(join(options.into, "results.md"), text);
	await writeFile(
		join(options.into, "results.json"),
		`${JSON.stringify(report, undefined, "\t")}\n`,
	);
	process.stdout.write(text);
	const outcome = combineOutcomes([
		...report.goals,
		...report.absent.map((one) => ({
			name: one.contender,
			outcome: one.outcome,
			expected: "a right result",
			actual: one.reason,
			seconds: 0,
		})),
	]);
	say(`${outcome}; written to ${join(options.into, "results.md")}`);
	return exitCodeOf(outcome);
}

async function bench(
	place: Place,
	options: Options,
	argv: readonly string[],
): Promise<Report> {
	const taking = contenders.filter(
		({ name, kind }) =>
			kind === "ours" || (options.only?.includes(name) ?? true),
	);
	const legacy = { database: "legacy", rows: options.rows };
	say(`seeding ${options.rows.toLocaleString("en")} users`);
	await seedSource(place.source, legacy.database, legacy.rows);
	const rounds = await runRounds(place, legacy, options, taking, say);
	const summaries = options.variants.flatMap((variant) =>
		taking.flatMap(
			(contender) => summarize(contender, variant, rounds.samples) ?? [],
		),
	);
	const scaled =
		options.scale === undefined
			? undefined
			: await scaleUp(
					place,
					options,
					legacy,
					{ database: "legacy_scaled", rows: options.scale },
					say,
				);
	return {
		circumstances: {
			date: new Date().toISOString().slice(0, 10),
			command: [
				"npm run bench:convert",
				...(argv.length > 0 ? ["--"] : []),
				...argv,
			].join(" "),
			machine: `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB`,
			versions: await programVersions(place),
			serverSettings: serverSettings(),
		},
		goals: judgeGoals(summaries, scaled, rounds.writtenPerRow),
		summaries,
		scaled,
		absent: rounds.absent,
	};
}
