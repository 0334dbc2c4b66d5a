import { join } from "node:path";
import { z } from "zod";
import type { Outcome } from "../../cutover/src/outcome.ts";
import { checkout } from "../../rehearsal/engine/places.ts";
import { bundlePack } from "../../rehearsal/pack/bundle.ts";
import { says } from "../arguments.ts";
import { type Bench, runBench, saveReport, withEnd } from "../program.ts";
import { median, Place } from "./measure.ts";

const options = z.strictObject({
	resources: z.coerce
		.number()
		.int()
		.min(2)
		.default(1_000)
		.meta(says("resources of the large preview")),
	rounds: z.coerce
		.number()
		.int()
		.min(1)
		.max(99)
		.default(5)
		.meta(says("previews of each kind that count, after one that does not")),
	into: z
		.string()
		.default("reports/bench")
		.meta(says("folder for policies.json", "DIR")),
});

type Options = z.output<typeof options>;

/** The pack starts within this, and takes no longer than that for each resource. */
const goals = { startMs: 2_000, resourceMs: 5 };

interface Cost {
	readonly startMs: number;
	readonly resourceMs: number;
	readonly previewMs: Readonly<Record<string, number>>;
}

async function measure(bench: Bench<Options>): Promise<Outcome> {
	const { resources, into } = bench.options;
	const place = new Place();
	const close = async () => place.close();
	return await withEnd(bench.signal, close, async () => {
		const { folder } = await bundlePack(join(place.root, "pack"));
		await place.open(folder);
		const ways: Record<string, Way> = {
			none: { pack: undefined, isGated: false },
			source: { pack: join(checkout(), "policies"), isGated: false },
			bundled: { pack: folder, isGated: false },
			"bundled, with a gate of 1,000 records": { pack: folder, isGated: true },
		};
		const times = await timePreviews(place, ways, bench);
		const costs = costsOf(times, resources);
		await saveReport(into, "policies", { resources, goals, costs, times });
		for (const [pack, cost] of Object.entries(costs)) {
			console.log(line(pack, cost, resources));
		}
		return Object.values(costs).every(isWithinGoals) ? "passed" : "failed";
	});
}

/** How a preview is made. */
interface Way {
	readonly pack: string | undefined;
	/** Whether the stack is one of ours, which the pack decides on. */
	readonly isGated: boolean;
}

type Times = Readonly<Record<string, readonly number[]>>;

/** Milliseconds of every preview, by way and number of resources. The first of each is not counted: it fills caches. */
async function timePreviews(
	place: Place,
	ways: Readonly<Record<string, Way>>,
	{ options: { resources, rounds }, signal, say }: Bench<Options>,
): Promise<Times> {
	const times = new Map<string, number[]>();
	for (let round = 0; round <= rounds; round += 1) {
		for (const count of [1, resources]) {
			for (const [way, { pack, isGated }] of Object.entries(ways)) {
				signal.throwIfAborted();
				const ms = await place.preview(count, pack, isGated);
				const name = `${way} ${count}`;
				if (round > 0) times.set(name, [...(times.get(name) ?? []), ms]);
			}
		}
		say(`round ${round} of ${rounds}`);
		if (round === 0 || round === rounds) continue;
		for (const [pack, cost] of Object.entries(
			costsOf(Object.fromEntries(times), resources),
		)) {
			say(`  so far ${line(pack, cost, resources)}`);
		}
	}
	return Object.fromEntries(times);
}

function costsOf(times: Times, resources: number): Record<string, Cost> {
	const ways = Object.keys(times)
		.filter((name) => name.endsWith(` ${resources}`))
		.map((name) => name.slice(0, -` ${resources}`.length))
		.filter((name) => name !== "none");
	return Object.fromEntries(
		ways.map((way) => [way, costOf(way, times, resources)]),
	);
}

function costOf(way: string, times: Times, resources: number): Cost {
	const of = (name: string, count: number) =>
		median(times[`${name} ${count}`] ?? []);
	const startMs = of(way, 1) - of("none", 1);
	const allMs = of(way, resources) - of("none", resources);
	return {
		startMs,
		resourceMs: (allMs - startMs) / (resources - 1),
		previewMs: { with: of(way, resources), without: of("none", resources) },
	};
}

const isWithinGoals = ({ startMs, resourceMs }: Cost): boolean =>
	startMs <= goals.startMs && resourceMs <= goals.resourceMs;

function line(pack: string, cost: Cost, resources: number): string {
	const { startMs, resourceMs, previewMs } = cost;
	const seconds = (ms = Number.NaN) => `${(ms / 1000).toFixed(2)} s`;
	return (
		`${pack}: start ${seconds(startMs)} (goal ${seconds(goals.startMs)}), ` +
		`${resourceMs.toFixed(2)} ms per resource (goal ${goals.resourceMs}); ` +
		`preview of ${resources} resources ${seconds(previewMs.with)} with it, ${seconds(previewMs.without)} without`
	);
}

process.exitCode = await runBench({
	name: "policies",
	about: `What the policy pack costs on the real engine: previews of one resource and of many, with and without it, in turn, so
that whatever else the machine does falls on all of them alike.`,
	options,
	measure,
});
