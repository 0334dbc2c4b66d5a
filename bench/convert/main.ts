import { combineOutcomes, type Outcome } from "../../cutover/src/outcome.ts";
import { type Bench, runBench, saveReport } from "../program.ts";
import { contenders } from "./contenders/index.ts";
import { seedSource } from "./databases.ts";
import { judgeGoals } from "./goals.ts";
import { type Options, optionsOf } from "./options.ts";
import { type Place, withPlace } from "./place.ts";
import { type Report, renderReport } from "./report.ts";
import { summarize } from "./results.ts";
import { runRounds } from "./rounds.ts";
import { scaleUp } from "./scale.ts";
import { serverSettings } from "./server.ts";
import { programVersions } from "./versions.ts";

async function measure(bench: Bench<Options>): Promise<Outcome> {
	const { options, say, signal } = bench;
	const report = await withPlace(signal, say, (place) =>
		compareAll(place, bench),
	);
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
	const file = await saveReport(
		options.into,
		"results",
		report,
		renderReport(report),
	);
	say(`${outcome}; written to ${file}`);
	return outcome;
}

async function compareAll(
	place: Place,
	{ options, say, circumstances }: Bench<Options>,
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
			...circumstances,
			versions: await programVersions(place),
			serverSettings: serverSettings(),
		},
		goals: judgeGoals(summaries, scaled, rounds.writtenPerRow),
		summaries,
		scaled,
		absent: rounds.absent,
	};
}

process.exitCode = await runBench({
	name: "convert",
	about:
		"How fast the data moves, beside the chains of tools that a team would pick today and the floor of the machine.",
	options: optionsOf(contenders.map(({ name }) => name)),
	measure,
});
