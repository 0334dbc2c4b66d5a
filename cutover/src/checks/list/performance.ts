import { metricName } from "../baseline.ts";
import { type CheckSpec, NotRunError, type Seen } from "../check.ts";
import { judge, type Limits, median, ms, sample } from "../measure.ts";
import type { Phase, PhasePlan, Plan } from "../plan.ts";
import { callAs, databaseOf, type World } from "../world.ts";
import { knownEndpoints } from "./endpoints.ts";

/** How often a measurement that looks too slow is repeated: what is slower stays slower, a busy moment passes. */
const mostRounds = 3;

/** One check per answer that is measured, and one for the query. */
export function performanceChecks(
	phase: Phase,
	plan: Plan,
	own: PhasePlan,
): readonly CheckSpec[] {
	const { answers, answerBelowMs, queryBelowMs } = plan.performance;
	return [
		...Object.entries(answers).map(([probe, path]): CheckSpec => {
			const url = path.replace("{api}", own.api);
			const who = url === path ? "nobody" : "user";
			return {
				name: `${probe} answer time`,
				group: "Performance",
				expected: limitText(phase, plan, answerBelowMs),
				needs: knownEndpoints(own, [url]),
				run: (world) =>
					measured(world, probe, answerBelowMs, async () => {
						const answer = await callAs(world, who, {
							path: url,
							keep: true,
						});
						if (answer.status >= 400)
							throw new Error(`GET ${url} answers ${answer.status}`);
						return answer.seconds;
					}),
			};
		}),
		{
			name: "workflow query",
			group: "Performance",
			expected: `100 rows under ${ms(queryBelowMs)}`,
			run: (world) => {
				const session = databaseOf(world);
				return measured(world, "workflow query", queryBelowMs, async () => {
					const startedAt = performance.now();
					await session.query(plan.performance.query);
					return (performance.now() - startedAt) / 1000;
				});
			},
		},
	];
}

function limitText(phase: Phase, plan: Plan, belowMs: number): string {
	const { changePercent } = plan.performance;
	return phase === "before"
		? `under ${ms(belowMs)}`
		: `under ${ms(belowMs)}, and within ${changePercent} % of the baseline`;
}

async function measured(
	world: World,
	probe: string,
	belowMs: number,
	once: () => Promise<number>,
): Promise<Seen> {
	const { samples, changePercent, noiseMs } = world.plan.performance;
	const isCompared = world.phase === "after" && probe !== "workflow query";
	const before = isCompared
		? world.baseline?.metrics[metricName(probe)]
		: undefined;
	const limits: Limits = { belowMs, changePercent, noiseMs };
	let best = Number.POSITIVE_INFINITY;
	let taken: readonly number[] = [];
	let rounds = 0;
	do {
		rounds += 1;
		const latest = await sample(samples, belowMs, once);
		if (median(latest) < best) {
			best = median(latest);
			taken = latest;
		}
		// A limit in itself is no matter of moments.
	} while (
		!judge(best, before, limits).isGood &&
		best < belowMs &&
		rounds < mostRounds
	);
	world.metrics[metricName(probe)] = {
		value: round(best),
		unit: "ms",
		threshold: changePercent / 100,
		samples: taken.length,
	};
	world.samples[metricName(probe)] = taken.map(round);
	const { isGood, text } = judge(best, before, limits);
	const sampled = `median of ${taken.length}${rounds > 1 ? `, best of ${rounds} rounds` : ""}`;
	const compared =
		isCompared && before === undefined ? "; no baseline to compare with" : "";
	return {
		outcome: isGood ? "passed" : "failed",
		actual: `${text} (${sampled})${compared}`,
	};
}

/** Microseconds are as far as anybody can tell. */
const round = (value: number) => Math.round(value * 1000) / 1000;

/** That the answers were compared with the time before: not, where nobody gave that. */
export const baselineGiven: CheckSpec = {
	name: "baseline",
	group: "Performance",
	expected: "performance_baseline.json of the time before the migration",
	required: false,
	async run(world) {
		const { baseline } = world;
		if (baseline === undefined)
			throw new NotRunError(
				"none was given: answers are judged by their time alone; give --baseline with the file that cutover check before wrote",
			);
		const wanted = Object.keys(world.plan.performance.answers).map(metricName);
		const lacking = wanted.filter((name) => !(name in baseline.metrics));
		return {
			outcome: lacking.length === 0 ? "passed" : "inconclusive",
			actual:
				lacking.length === 0
					? `taken ${baseline.takenAt} of ${baseline.server}`
					: `it has no ${lacking.join(", ")}`,
		};
	},
};
