import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { connect, endQuietly } from "../../cutover/src/adapters/postgres.ts";
import { createTalk } from "../../cutover/src/console.ts";
import { NotAvailableError } from "../../cutover/src/errors.ts";
import type { Outcome } from "../../cutover/src/outcome.ts";
import {
	compareRows,
	type RowComparison,
} from "../../cutover/src/validate/rows/compare.ts";
import { findPostgresTools } from "../../rehearsal/engine/postgres.ts";
import { seedLegacy } from "../../rehearsal/seed/seedLegacy.ts";
import {
	faultNames,
	injectFaults,
} from "../../test/integration/cutoverFaults.ts";
import {
	createPair,
	dropPair,
	type Pair,
	runConvert,
	startMigrationServer,
} from "../../test/integration/cutoverFixture.ts";
import type { TestServer } from "../../test/integration/postgres.ts";
import { says } from "../arguments.ts";
import { statOf } from "../convert/procfs.ts";
import { type Bench, runBench, saveReport, withEnd } from "../program.ts";
import { type Cpu, measureCpu } from "./cpu.ts";

const options = z.strictObject({
	users: z.coerce
		.number()
		.int()
		.min(100)
		.default(1_000_000)
		.meta(says("users of the legacy system")),
	faults: z.coerce
		.number()
		.int()
		.min(1)
		.default(1_000)
		.meta(says("fields that are changed")),
	rounds: z.coerce
		.number()
		.int()
		.min(1)
		.max(99)
		.default(3)
		.meta(says("comparisons and copies, interleaved; the median counts")),
	seed: z.coerce
		.number()
		.int()
		.default(20261125)
		.meta(says("the same number changes the same fields")),
	into: z
		.string()
		.default("reports/bench")
		.meta(says("folder for validate.json", "DIR")),
});

type Options = z.output<typeof options>;

const copied = {
	source: ["legacy_users", "workflows", "workflow_steps", "uploaded_files"],
	target: [
		"auth.users",
		"auth.identities",
		"public.profiles",
		"cutover.identity_map",
		"public.workflows",
		"public.workflow_steps",
		"public.files",
	],
};

/** At most so many times the CPU of COPY TO. */
const goal = 3;

const talk = createTalk(process.stderr);

async function measure(bench: Bench<Options>): Promise<Outcome> {
	const server = await startMigrationServer();
	let pair: Pair | undefined;
	const end = async () => {
		await server.stop();
		if (pair !== undefined) await dropPair(pair);
	};
	return await withEnd(bench.signal, end, async () => {
		pair = await createPair(server, { tables: false });
		await seedLegacy({
			databaseUrl: server.url(pair.sourceName, "legacy_app", "legacy"),
			uploadsDirectory: join(pair.folder, "uploads"),
			users: bench.options.users,
			onProgress: talk.progress,
		});
		talk.progress("converting");
		await runConvert(pair);
		// What the first reader of new pages does is not to fall on one side.
		for (const name of [pair.sourceName, pair.targetName]) {
			await server.query(name, "VACUUM ANALYZE");
		}
		return await comparePair(server, pair, bench);
	});
}

async function comparePair(
	server: TestServer,
	pair: Pair,
	{ options, say }: Bench<Options>,
): Promise<Outcome> {
	const postmaster = await postmasterOf(server);
	const copies: Cpu[] = [];
	const comparisons: Cpu[] = [];
	let falseAlarms = 0;
	for (let round = 1; round <= options.rounds; round += 1) {
		say(`round ${round} of ${options.rounds}`);
		copies.push(await measureCpu(postmaster, () => copyOut(server, pair)));
		comparisons.push(
			await measureCpu(postmaster, async () => {
				falseAlarms += faultsOf(await compare(pair)).length;
			}),
		);
	}
	say(`changing ${options.faults} fields`);
	const injected = await injectFaults(
		server,
		pair.targetName,
		options.faults,
		options.seed,
	);
	let found: readonly string[] = [];
	const withFaults = await measureCpu(postmaster, async () => {
		found = faultNames(faultsOf(await compare(pair)));
	});
	const names = new Set(faultNames(injected));
	const named = found.filter((name) => names.has(name)).length;
	const copy = median(copies.map(total));
	const result = {
		users: options.users,
		copySeconds: copy,
		compareSeconds: median(comparisons.map(total)),
		ratio: median(comparisons.map(total)) / copy,
		ratioOfServers:
			median(comparisons.map(({ server }) => server)) /
			median(copies.map(({ server }) => server)),
		ratioWithFaults: total(withFaults) / copy,
		faults: injected.length,
		named,
		falseAlarms: falseAlarms + found.length - named,
		residentMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
		rounds: { copies, comparisons, withFaults },
	};
	const report = await saveReport(options.into, "validate", result);
	console.log(
		[
			`users                          ${options.users}`,
			`COPY TO of both sides          ${copy.toFixed(2)} s CPU (servers and psql)`,
			`comparison of all rows         ${result.compareSeconds.toFixed(2)} s CPU (servers and Node): ${result.ratio.toFixed(2)} times COPY TO (goal: at most ${goal})`,
			`  with ${result.faults} faults to name     ${total(withFaults).toFixed(2)} s CPU: ${result.ratioWithFaults.toFixed(2)} times`,
			`  on the servers alone         ${result.ratioOfServers.toFixed(2)} times`,
			`changed fields named           ${named} of ${result.faults}`,
			`false alarms                   ${result.falseAlarms}`,
			`memory of Node                 ${result.residentMegabytes} MB resident at most, the bench's own part included`,
			`report                         ${report}`,
		].join("\n"),
	);
	const isKept =
		result.ratio <= goal &&
		result.ratioWithFaults <= goal &&
		named === injected.length &&
		result.falseAlarms === 0;
	return isKept ? "passed" : "failed";
}

async function postmasterOf(server: TestServer): Promise<number> {
	const session = await connect(server.url("postgres"), { what: "server" });
	try {
		const { rows } = await session.query<{ pid: number }>(
			"SELECT pg_backend_pid() AS pid",
		);
		return statOf(rows[0]?.pid ?? 0)?.parentPid ?? 0;
	} finally {
		await endQuietly(session);
	}
}

async function copyOut(server: TestServer, pair: Pair): Promise<void> {
	const tools = findPostgresTools();
	if (tools === undefined)
		throw new NotAvailableError("expected psql, found none");
	for (const [side, name] of [
		["source", pair.sourceName],
		["target", pair.targetName],
	] as const) {
		await promisify(execFile)(join(tools.directory, "psql"), [
			...["-X", "-q", "-d", server.url(name), "-o", "/dev/null"],
			...copied[side].flatMap((table) => ["-c", `COPY ${table} TO STDOUT`]),
		]);
	}
}

async function compare(pair: Pair): Promise<readonly RowComparison[]> {
	const source = await connect(pair.source, { what: "source", readOnly: true });
	const target = await connect(pair.target, { what: "target" });
	try {
		return await compareRows(source, target, { talk });
	} finally {
		await endQuietly(source);
		await endQuietly(target);
	}
}

function faultsOf(found: readonly RowComparison[]) {
	return found.flatMap(({ faults }) => faults);
}

function total({ client, server }: Cpu): number {
	return client + server;
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

process.exitCode = await runBench({
	name: "validate",
	about: `The comparison of rows by cutover validate: what it finds of so many changed fields, whether it finds anything where
nothing is wrong, and what it costs beside COPY ... TO STDOUT of all the same tables on both sides.`,
	options,
	measure,
});
