import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { createTalk } from "../../cutover/src/console.ts";
import { UsageError } from "../../cutover/src/errors.ts";
import { findPostgresServer } from "../../rehearsal/engine/postgres.ts";
import { startFollowedServer } from "../../test/integration/followFixture.ts";
import { parseArguments } from "../arguments.ts";
import { endOnSignal } from "../validate/interrupt.ts";
import { cutOverUnderLoad, type Pause } from "./run.ts";

const usage = `usage: npm run bench:pause -- [options]
  --users N         users of the legacy system (default 20000)
  --writers N       clients that write all the time (default 2)
  --runs N          cutovers by each way, interleaved; the median counts (default 5)
  --into DIR        folder for pause.json (default: reports/bench)`;

const schema = z.strictObject({
	users: z.coerce.number().int().min(100).default(20_000),
	writers: z.coerce.number().int().min(1).max(16).default(2),
	runs: z.coerce.number().int().min(1).max(99).default(5),
	into: z.string().default("reports/bench"),
});

/** Longest that nobody may be able to write, in seconds. */
const longestPause = 2;

const talk = createTalk(process.stderr);

/** How long nobody can write at a cutover, following by a slot and comparing by age; afterwards nothing may differ. */
async function main(): Promise<number> {
	const options = parseArguments(process.argv.slice(2), schema, usage);
	if (findPostgresServer() === undefined) {
		talk.say(
			"expected PostgreSQL 15 or newer, found none; Debian, Ubuntu: apt-get install postgresql",
		);
		return 3;
	}
	const server = await startFollowedServer();
	const end = endOnSignal(() => server.stop());
	const pauses: Pause[] = [];
	try {
		for (let run = 1; run <= options.runs; run += 1) {
			for (const how of ["slot", "age"] as const) {
				const pause = await cutOverUnderLoad(server, how, options);
				pauses.push(pause);
				talk.say(
					`run ${run} by ${how}: writes refused for ${pause.seconds.toFixed(3)} s at ${Math.round(pause.rate)} transactions/s, ${pause.differences.length} differences`,
				);
				for (const one of pause.differences.slice(0, 5)) talk.say(`  ${one}`);
			}
		}
	} finally {
		await end();
	}
	for (const how of ["slot", "age"] as const) console.log(summary(how, pauses));
	await mkdir(options.into, { recursive: true });
	await writeFile(
		join(options.into, "pause.json"),
		`${JSON.stringify({ ...options, pauses }, undefined, 2)}\n`,
	);
	const isKept = pauses.every(
		({ how, seconds, differences }) =>
			differences.length === 0 && (how === "age" || seconds <= longestPause),
	);
	return isKept ? 0 : 1;
}

function summary(how: Pause["how"], pauses: readonly Pause[]): string {
	const some = pauses.filter((pause) => pause.how === how);
	const sorted = some.map(({ seconds }) => seconds).sort((a, b) => a - b);
	const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
	const differences = some.reduce(
		(sum, one) => sum + one.differences.length,
		0,
	);
	return `by ${how}: writes refused for ${median.toFixed(3)} s (median of ${sorted.length}, ${sorted.at(0)?.toFixed(3)} to ${sorted.at(-1)?.toFixed(3)}), ${differences} differences`;
}

try {
	process.exitCode = await main();
} catch (error) {
	if (!(error instanceof UsageError)) throw error;
	console.error(error.message);
	process.exitCode = 2;
}
