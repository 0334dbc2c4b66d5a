import { randomOf } from "../../rehearsal/seed/random.ts";
import { brokenOff } from "./brokenOff.ts";
import { type CaseResult, runCase } from "./case.ts";
import { cuts, type Disturbance, kill, restarts } from "./disturbances.ts";
import { measurePhase } from "./moments.ts";
import type { Options } from "./options.ts";
import type { Phase } from "./phases.ts";
import type { Stage } from "./stage.ts";

/** Blows that one target takes before it is finished and compared. */
const strikesPerCase = 4;

/** Cases in a row in which nothing was struck: then the phase is too short to be met. */
const futileCases = 8;

export interface PhaseRun {
	readonly phase: string;
	readonly disturbance: string;
	readonly wanted: number;
	readonly cases: readonly CaseResult[];
}

/** How many blows each phase gets: as even as can be. */
export function shares(total: number, phases: number): readonly number[] {
	return Array.from(
		{ length: phases },
		(_, nth) => Math.floor(total / phases) + (nth < total % phases ? 1 : 0),
	);
}

/** Kills, restarts and cuts in every phase that can be run. */
export async function runCampaign(
	stage: Stage,
	runnable: readonly Phase[],
	options: Options,
	say: (line: string) => void,
	signal: AbortSignal,
): Promise<readonly PhaseRun[]> {
	const plan: readonly (readonly [Disturbance, number])[] = [
		[kill, options.kills],
		...restarts.map((one) => [one, options.restarts] as const),
		...cuts.map(
			(one, nth) => [one, shares(options.cuts, cuts.length)[nth] ?? 0] as const,
		),
	];
	const runs: PhaseRun[] = [];
	for (const [place, phase] of runnable.entries()) {
		let phaseMs: number | undefined;
		for (const [disturbance, total] of plan) {
			const wanted = shares(total, runnable.length)[place] ?? 0;
			if (wanted === 0) continue;
			phaseMs ??= await measurePhase(stage, phase);
			const cases = await runPhase(stage, phase, disturbance, {
				wanted,
				phaseMs,
				seed: options.seed,
				say,
				signal,
			});
			runs.push({
				phase: phase.name,
				disturbance: disturbance.name,
				wanted,
				cases,
			});
		}
	}
	return runs;
}

async function runPhase(
	stage: Stage,
	phase: Phase,
	disturbance: Disturbance,
	request: {
		readonly wanted: number;
		readonly phaseMs: number;
		readonly seed: number;
		readonly say: (line: string) => void;
		readonly signal: AbortSignal;
	},
): Promise<readonly CaseResult[]> {
	const { wanted, phaseMs, seed, say, signal } = request;
	const cases: CaseResult[] = [];
	let done = 0;
	let futile = 0;
	for (let number = 1; done < wanted && futile < futileCases; number += 1) {
		signal.throwIfAborted();
		const result = await runCase(stage, {
			phase,
			disturbance,
			strikes: Math.min(strikesPerCase, wanted - done),
			phaseMs,
			number,
			random: randomOf(seed, `${phase.name}/${disturbance.name}`, number),
		}).catch((error: unknown) =>
			brokenOff(phase.name, disturbance.name, number, error),
		);
		// A stop ends the programs of the case under way too: what became of it says nothing.
		signal.throwIfAborted();
		cases.push(result);
		const hits = result.strikes.filter(({ isInPhase }) => isInPhase).length;
		done += hits;
		futile = hits === 0 ? futile + 1 : 0;
		const { lost, extra } = result.difference;
		say(
			`${phase.name} (${Math.round(phaseMs)} ms), ${disturbance.name}: ${done} of ${wanted}; ${lost} lost, ${extra} too many, ${result.problems.length} problems`,
		);
		for (const text of [...result.problems, ...result.difference.examples]) {
			say(`  case ${number}: ${text}`);
		}
	}
	return cases;
}
