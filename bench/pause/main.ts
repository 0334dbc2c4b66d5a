import { z } from "zod";
import { NotAvailableError } from "../../cutover/src/errors.ts";
import type { Outcome } from "../../cutover/src/outcome.ts";
import { findPostgresServer } from "../../rehearsal/engine/postgres.ts";
import { startFollowedServer } from "../../test/integration/followFixture.ts";
import { says } from "../arguments.ts";
import { type Bench, runBench, saveReport, withEnd } from "../program.ts";
import { cutOverUnderLoad, type Pause } from "./run.ts";

const options = z.strictObject({
	users: z.coerce
		.number()
		.int()
		.min(100)
		.default(20_000)
		.meta(says("users of the legacy system")),
	writers: z.coerce
		.number()
		.int()
		.min(1)
		.max(16)
		.default(2)
		.meta(says("clients that write all the time")),
	runs: z.coerce
		.number()
		.int()
		.min(1)
		.max(99)
		.default(5)
		.meta(says("cutovers by each way, interleaved; the median counts")),
	into: z
		.string()
		.default("reports/bench")
		.meta(says("folder for pause.json", "DIR")),
});

/** Longest that nobody may be able to write, in seconds. */
const longestPause = 2;

async function measure(
	bench: Bench<z.output<typeof options>>,
): Promise<Outcome> {
	const { options, signal, say } = bench;
	if (findPostgresServer() === undefined)
		throw new NotAvailableError(
			"expected PostgreSQL 15 or newer, found none; Debian, Ubuntu: apt-get install postgresql",
		);
	const server = await startFollowedServer();
	const pauses: Pause[] = [];
	await withEnd(
		signal,
		() => server.stop(),
		async () => {
			for (let run = 1; run <= options.runs; run += 1) {
				for (const how of ["slot", "age"] as const) {
					const pause = await cutOverUnderLoad(server, how, options);
					pauses.push(pause);
					say(
						`run ${run} by ${how}: writes refused for ${pause.seconds.toFixed(3)} s at ${Math.round(pause.rate)} transactions/s, ${pause.differences.length} differences`,
					);
					for (const one of pause.differences.slice(0, 5)) say(`  ${one}`);
				}
			}
		},
	);
	for (const how of ["slot", "age"] as const) console.log(summary(how, pauses));
	await saveReport(options.into, "pause", {
		...bench.circumstances,
		...options,
		pauses,
	});
	const isKept = pauses.every(
		({ how, seconds, differences }) =>
			differences.length === 0 && (how === "age" || seconds <= longestPause),
	);
	return isKept ? "passed" : "failed";
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

process.exitCode = await runBench({
	name: "pause",
	about:
		"How long nobody can write at a cutover, following by a slot and comparing by age; afterwards nothing may differ.",
	options,
	measure,
});
