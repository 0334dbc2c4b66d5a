import { ours } from "./contenders/ours.ts";
import { seedSource } from "./databases.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { type Sample, type Scaled, summarizeScaled } from "./results.ts";
import { convertFresh, countWritten, type Legacy } from "./rounds.ts";

/** Ours on more rows, each run between two of the fewer: a machine is not as fast at one time as at another. */
export async function scaleUp(
	place: Place,
	options: Options,
	fewer: Legacy,
	more: Legacy,
	say: (line: string) => void,
): Promise<Scaled | undefined> {
	const users = (count: number) => `${count.toLocaleString("en")} users`;
	say(`seeding ${users(more.rows)} to scale up`);
	await seedSource(place.source, more.database, more.rows);
	const run = async (legacy: Legacy, round: number): Promise<Sample> => {
		const sample = await convertFresh(ours, {
			place,
			legacy,
			options,
			variant: "own",
			floorFiles: { ranges: [] },
		});
		await countWritten(place, legacy.rows);
		say(`${users(legacy.rows)}: ${sample.usage.seconds.toFixed(1)} s`);
		return { ...sample, round };
	};
	// Not counted, as the first run of the fewer was not: the files of its write-ahead log are new.
	await run(more, 0);
	const few = [await run(fewer, 0)];
	const many: Sample[] = [];
	for (let round = 1; round <= options.scaleRounds; round += 1) {
		many.push(await run(more, round));
		few.push(await run(fewer, round));
	}
	return summarizeScaled(ours, few, many);
}
