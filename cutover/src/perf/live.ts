import type { Talk } from "../console.ts";
import type { Baseline } from "./baseline.ts";
import { figuresOf } from "./figures.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type Comparison, compareFigures } from "./judge.ts";
import { type Plan, planTurns } from "./plan.ts";
import { hopeless, type RoundSamples, takeRound } from "./rounds.ts";
import type { SampleLog } from "./sampleLog.ts";
import { probesOf, type Scenario } from "./scenario.ts";
import type { MeasuringSettings } from "./settings.ts";
import type { Side } from "./side.ts";
import { warmUp } from "./warmUp.ts";

/** After how many rounds the samples are looked at; in between nobody peeks. The last look is the end. */
const lookAfter = [16, 24, 36, 54, 90, 150] as const;

/** Time for one round that leaves room for many of them. */
export const roundBudgetMs = 1_000;

/** What a comparison of two running systems came to. */
export interface LiveComparison {
	readonly before: Baseline;
	readonly after: Baseline;
	readonly comparison: Comparison;
	readonly rounds: number;
	/** Why it ended before it was decided; undefined when it was. */
	readonly cutShort: string | undefined;
}

/** Measures both sides in rounds until it is decided, the rounds are used up or the time is. */
export async function compareLive(
	sides: readonly [Side, Side],
	scenario: Scenario,
	settings: MeasuringSettings,
	log: SampleLog,
	talk: Talk,
	signal: AbortSignal,
): Promise<LiveComparison> {
	const startedAt = new Date();
	const samples: RoundSamples[] = [];
	const judge = (): Omit<LiveComparison, "cutShort"> => {
		const [before, after] = sides.map((side) =>
			figuresOf({
				samples,
				side: side.label,
				server: side.server,
				takenAt: startedAt,
				scenario,
				connections: settings.connections,
				fingerprint: fingerprintOf(
					scenario,
					settings.connections,
					side.dataSet,
				),
			}),
		) as [Baseline, Baseline];
		const comparison = compareFigures(before, after, {
			paired: true,
			looks: lookAfter.length,
			errorShare: scenario.errorShare,
		});
		const rounds = (samples.at(-1)?.round ?? -1) + 1;
		return { before, after, comparison, rounds };
	};
	let plan: Plan;
	try {
		plan = await preparePlan(sides, scenario, settings, talk, signal);
	} catch (error) {
		if (!signal.aborted) throw error;
		return { ...judge(), cutShort: "stopped while warming up" };
	}
	const until = performance.now() + settings.maxSeconds * 1000;
	let asked = plan;
	for (let round = 0; ; round += 1) {
		try {
			const taken = await takeRound(sides, asked, round, signal);
			log.keep(taken);
			samples.push(...taken);
		} catch (error) {
			if (!signal.aborted) throw error;
			return { ...judge(), cutShort: `stopped in round ${round + 1}` };
		}
		const done = round + 1;
		talk.progress(progressLine(done, until));
		const isLast = done === lookAfter.at(-1) || performance.now() > until;
		const isSick = done >= 2 && hopeless(samples);
		if (!isLast && !isSick && !lookAfter.some((look) => look === done)) {
			continue;
		}
		const found = judge();
		if (isLast || isSick || found.comparison.outcome !== "inconclusive") {
			return {
				...found,
				cutShort: isSick
					? "most answers are errors"
					: found.comparison.outcome !== "inconclusive"
						? undefined
						: `${done} rounds`,
			};
		}
		asked = undecidedOf(plan, found.comparison, scenario);
		// It is undecided for another reason: more rounds would not change it.
		if (asked.size === 0) return { ...found, cutShort: undefined };
	}
}

/** The probes that need more rounds: time goes where it is not decided yet. A figure of all of them needs all of them. */
function undecidedOf(
	plan: Plan,
	{ metrics }: Comparison,
	scenario: Scenario,
): Plan {
	const open = metrics.filter(
		({ decides, outcome }) => decides && outcome === "inconclusive",
	);
	const isOpen = (probe: string) =>
		open.some(({ name }) => name.startsWith(`${probe} `));
	const needed = new Set([
		...(isOpen("all endpoints") ? scenario.endpoints : []).map(
			({ name }) => name,
		),
		...(isOpen("all queries") ? scenario.queries : []).map(({ name }) => name),
		...[...plan.keys()].filter(isOpen),
	]);
	return new Map([...plan].filter(([probe]) => needed.has(probe)));
}

async function preparePlan(
	sides: readonly Side[],
	scenario: Scenario,
	settings: MeasuringSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Plan> {
	const probes = probesOf(scenario).filter(({ name }) =>
		sides.every(({ samplers }) => samplers.has(name)),
	);
	talk.say(
		`warming up ${sides.map(({ server }) => server).join(" and ")} for ${settings.warmUpSeconds} s, or until answers become no faster`,
	);
	const timed = await warmUp(sides, probes, settings.warmUpSeconds, signal);
	return planTurns(timed, 2 * sides.length, roundBudgetMs);
}

function progressLine(done: number, until: number): string {
	const left = Math.max(0, Math.round((until - performance.now()) / 1000));
	const next = lookAfter.find((look) => look > done);
	return `round ${done}${next === undefined ? "" : `, judged after ${next}`}, at most ${left} s left`;
}
