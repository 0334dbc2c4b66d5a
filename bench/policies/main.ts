import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkout } from "../../rehearsal/engine/places.ts";
import { bundlePack } from "../../rehearsal/pack/bundle.ts";
import { endOnSignal } from "../validate/interrupt.ts";
import { median, Place } from "./measure.ts";

/**
 * Measures what the policy pack costs on the real engine: previews of one resource and of many, with and without it, in
 * turn, so that whatever else the machine does falls on all of them alike. Ends with 1 when a goal is missed.
 */
const { values: options } = parseArgs({
	options: {
		resources: { type: "string", default: "1000" },
		rounds: { type: "string", default: "5" },
		"report-dir": { type: "string", default: "reports/bench" },
	},
});

/** The pack starts within this, and takes no longer than that for each resource. */
const goals = { startMs: 2_000, resourceMs: 5 };

interface Cost {
	readonly startMs: number;
	readonly resourceMs: number;
	readonly previewMs: Readonly<Record<string, number>>;
}

async function main(): Promise<number> {
	const resources = Number(options.resources);
	const place = new Place();
	const end = endOnSignal(async () => place.close());
	try {
		const { folder } = await bundlePack(join(place.root, "pack"));
		await place.open(folder);
		const ways: Record<string, Way> = {
			none: { pack: undefined, isGated: false },
			source: { pack: join(checkout(), "policies"), isGated: false },
			bundled: { pack: folder, isGated: false },
			"bundled, with a gate of 1,000 records": { pack: folder, isGated: true },
		};
		const times = await measure(place, ways, resources);
		const costs = costsOf(times, resources);
		mkdirSync(options["report-dir"], { recursive: true });
		writeFileSync(
			join(options["report-dir"], "policies.json"),
			`${JSON.stringify({ resources, goals, costs, times }, undefined, 2)}\n`,
		);
		for (const [pack, cost] of Object.entries(costs)) {
			console.log(line(pack, cost, resources));
		}
		return Object.values(costs).every(isWithinGoals) ? 0 : 1;
	} finally {
		await end();
	}
}

/** How a preview is made. */
interface Way {
	readonly pack: string | undefined;
	/** Whether the stack is one of ours, which the pack decides on. */
	readonly isGated: boolean;
}

type Times = Readonly<Record<string, readonly number[]>>;

/** Milliseconds of every preview, by way and number of resources. The first of each is not counted: it fills caches. */
async function measure(
	place: Place,
	ways: Readonly<Record<string, Way>>,
	resources: number,
): Promise<Times> {
	const times = new Map<string, number[]>();
	const rounds = Number(options.rounds);
	for (let round = 0; round <= rounds; round += 1) {
		for (const count of [1, resources]) {
			for (const [way, { pack, isGated }] of Object.entries(ways)) {
				const ms = await place.preview(count, pack, isGated);
				const name = `${way} ${count}`;
				if (round > 0) times.set(name, [...(times.get(name) ?? []), ms]);
			}
		}
		console.error(`round ${round} of ${rounds}`);
		if (round === 0 || round === rounds) continue;
		for (const [pack, cost] of Object.entries(
			costsOf(Object.fromEntries(times), resources),
		)) {
			console.error(`  so far ${line(pack, cost, resources)}`);
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

process.exitCode = await main();
