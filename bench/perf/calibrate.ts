import type { Sampler } from "../../cutover/src/perf/sampler.ts";
import { usualScenario } from "../../cutover/src/perf/scenario.ts";
import { openSide } from "../../cutover/src/perf/side.ts";
import {
	ascending,
	quantile,
} from "../../cutover/src/perf/statistics/location.ts";
import type { Copy } from "./servers.ts";

const tries = 2;
const rounds = 30;

/** An endpoint, and how many times as long its median answer takes as the client sees it. */
export interface Reached {
	readonly name: string;
	readonly factor: number;
}

/**
 * Makes the median answer of every endpoint of `slow` take `factor` times that of `usual` as the client sees it: the server
 * knows nothing of what a request costs besides its own work. Answers what was reached.
 */
export async function calibrate(
	usual: Copy,
	slow: Copy,
	factor: number,
	signal: AbortSignal,
): Promise<readonly Reached[]> {
	const [one, other] = await Promise.all(
		[usual, slow].map(({ url }) =>
			openSide(
				{
					label: "calibration",
					baseUrl: url,
					connections: 1,
					timeoutSeconds: 10,
				},
				usualScenario,
			),
		),
	);
	const reached: Reached[] = [];
	for (const { name, path, perBlock } of usualScenario.endpoints) {
		const pair = [one, other].flatMap((side) => side?.samplers.get(name) ?? []);
		const { pathname } = new URL(path, usual.url);
		let missing = 0;
		for (let attempt = 0; attempt < tries; attempt += 1) {
			const [fast, late] = await medians(pair, perBlock, signal);
			missing += factor * fast - late;
			await slow.setMissing(pathname, missing);
		}
		const [fast, late] = await medians(pair, perBlock, signal);
		reached.push({ name, factor: late / fast });
	}
	return reached;
}

async function medians(
	pair: readonly Sampler[],
	count: number,
	signal: AbortSignal,
): Promise<readonly [number, number]> {
	const times = pair.map((sampler) => ({ sampler, ms: [] as number[] }));
	for (let round = 0; round < Math.min(rounds, 6 * count); round += 1) {
		for (const { sampler, ms } of [...times, ...times.toReversed()]) {
			ms.push(...(await sampler.take(count, signal)).ms);
		}
	}
	const [one = 0, other = 0] = times.map(({ ms }) =>
		quantile(ascending(ms), 0.5),
	);
	return [one, other];
}
