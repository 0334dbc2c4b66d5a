import { pipe } from "../clients.ts";
import type { Contender, Run } from "../contender.ts";
import type { FloorCopy } from "../floorFiles.ts";
import { analyzeTables, buildIndexesOnly, dropIndexes } from "../indexBuild.ts";
import { transformStartedAt } from "../transform.ts";
import { psql, withPostgres } from "./tools.ts";

/** The same conversion statements piped from psql to psql, one range per worker, and the indexes afterwards. */
export const floor: Contender = {
	name: "floor",
	title: "floor: psql \\| psql, then indexes",
	kind: "floor",
	variants: ["own"],
	settings:
		"the statements of cutover convert, one range per worker; no judging, no checkpoints, no ANALYZE; primary keys, indexes and checked foreign keys built in as many sessions",
	startedAt: transformStartedAt,
	keepsQuarantine: false,
	missing: withPostgres,
	async convert(run) {
		const indexes = await dropIndexes(run.targetAdminUrl);
		await run.phase("copy", () => pipeAll(run));
		await run.phase("indexes", () =>
			buildIndexesOnly(run.targetAdminUrl, run.workers, indexes),
		);
	},
};

/** The same into tables whose indexes stay. */
export const liveFloor: Contender = {
	name: "psql",
	title: "psql \\| psql into the same tables",
	kind: "floor",
	variants: ["supabase"],
	settings: floor.settings.replace(/; primary keys.*/, "; indexes stay"),
	startedAt: transformStartedAt,
	keepsQuarantine: false,
	missing: withPostgres,
	convert: pipeAll,
};

/** The pieces of the floor, one after the other. */
export const floorParts: Contender = {
	name: "parts",
	title: "floor in parts",
	kind: "part",
	variants: ["own"],
	settings: "each part of the floor by itself, with ANALYZE as one more",
	startedAt: transformStartedAt,
	keepsQuarantine: false,
	missing: withPostgres,
	async prepare(run) {
		for (const copy of run.floor.ranges.flat()) {
			const { outFile, bytesFile } = copy;
			await run.clients.run(
				psql(run.sourceUrl, "-f", outFile, "-o", bytesFile),
			);
		}
	},
	async convert(run) {
		const { targetAdminUrl: target, workers } = run;
		const indexes = await dropIndexes(target);
		await run.phase("source transform to /dev/null", () =>
			eachCopy(run, ({ outFile }) =>
				psql(run.sourceUrl, "-f", outFile, "-o", "/dev/null"),
			),
		);
		await run.phase("COPY in", () =>
			eachCopy(run, ({ into }) => psql(run.targetUrl, "-c", into), true),
		);
		await run.phase("indexes and foreign keys", () =>
			buildIndexesOnly(target, workers, indexes),
		);
		await run.phase("ANALYZE", () => analyzeTables(target, workers));
	},
};

async function pipeAll(run: Run): Promise<void> {
	await eachCopy(run, ({ outFile, into }) =>
		pipe(psql(run.sourceUrl, "-f", outFile), psql(run.targetUrl, "-c", into)),
	);
}

/** Ranges side by side, the tables of a range one after the other. */
async function eachCopy(
	run: Run,
	argv: (copy: FloorCopy) => readonly string[],
	fromFile = false,
): Promise<void> {
	await Promise.all(
		run.floor.ranges.map(async (copies) => {
			for (const copy of copies) {
				await run.clients.run(
					argv(copy),
					fromFile ? { inputFile: copy.bytesFile } : {},
				);
			}
		}),
	);
}
