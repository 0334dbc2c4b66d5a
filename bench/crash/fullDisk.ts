import { join } from "node:path";
import { type Random, randomOf } from "../../rehearsal/seed/random.ts";
import { startMigrationServer } from "../../test/integration/cutoverFixture.ts";
import type { TestServer } from "../../test/integration/postgres.ts";
import { brokenOff } from "./brokenOff.ts";
import { type CaseResult, finish } from "./case.ts";
import { compareWithReference } from "./compare.ts";
import { brokenInvariants, leftovers } from "./invariants.ts";
import type { Options } from "./options.ts";
import { runToEnd } from "./program.ts";
import {
	createSmallDisk,
	type SmallDisk,
	smallDiskProblem,
} from "./smallDisk.ts";
import { type Stage, serverSettings, type Target } from "./stage.ts";

export interface FullDisks {
	readonly cases: readonly CaseResult[];
	/** Why there are none. */
	readonly missing?: string;
}

/** A target whose load runs out of room somewhere. */
interface Cramped {
	readonly target: Target;
	/** What the complaint has to say. */
	readonly blames: RegExp;
	/** Gives room again, as an operator would. */
	enlarge(): Promise<void>;
	tidy(): Promise<void>;
}

type Kind = (stage: Stage, disk: SmallDisk, random: Random) => Promise<Cramped>;

const megabyte = 1_000_000;

const kinds: Readonly<Record<string, Kind>> = {
	"disk of the target's data": dataOfTarget,
	"disk of the target's data and log": allOfTarget,
	"disk of the source's temporary files": scratchOfSource,
};

/** Lets disks run full in turn, and looks at what is said and what is left. */
export async function runFullDisks(
	stage: Stage,
	options: Options,
	say: (line: string) => void,
	signal: AbortSignal,
): Promise<FullDisks> {
	const wanted = options.fullDisks;
	if (wanted === 0) return { cases: [], missing: "none were asked for" };
	const missing = await smallDiskProblem(join(stage.folder, "disk"));
	if (missing !== undefined) {
		say(`full disks: NOT RUN: ${missing}`);
		return { cases: [], missing };
	}
	const cases: CaseResult[] = [];
	for (let number = 1; number <= wanted; number += 1) {
		signal.throwIfAborted();
		const all = Object.entries(kinds);
		const chosen = all[(number - 1) % all.length];
		if (chosen === undefined) continue;
		const [name, kind] = chosen;
		const random = randomOf(options.seed, "full disk", number);
		const result = await runFull(stage, name, kind, number, random).catch(
			(error: unknown) => brokenOff("any", `full ${name}`, number, error),
		);
		// A stop ends the programs of the case under way too: what became of it says nothing.
		signal.throwIfAborted();
		cases.push(result);
		const { lost, extra } = result.difference;
		say(
			`full ${name}: ${number} of ${wanted}; ${lost} lost, ${extra} too many, ${result.problems.length} problems`,
		);
		for (const text of [...result.problems, ...result.difference.examples]) {
			say(`  case ${number}: ${text}`);
		}
	}
	return { cases };
}

async function runFull(
	stage: Stage,
	name: string,
	kind: Kind,
	number: number,
	random: Random,
): Promise<CaseResult> {
	const disk = await createSmallDisk(join(stage.folder, `disk-${number}`));
	const problems: string[] = [];
	let tidy = async () => {};
	try {
		const cramped = await kind(stage, disk, random);
		tidy = () => cramped.tidy();
		const { target } = cramped;
		const environment = stage.environment(target);
		const ended = await runToEnd(stage.program, ["convert"], environment);
		const complaint = ended.said.trim().split("\n").at(-1) ?? "";
		if (ended.exitCode !== 1) {
			problems.push(
				`expected exit code 1, got ${ended.exitCode}: ${complaint}`,
			);
		} else if (!cramped.blames.test(complaint)) {
			problems.push(`the complaint does not name the disk: ${complaint}`);
		}
		await cramped.enlarge();
		problems.push(
			...(await leftovers(stage, target)),
			...(await brokenInvariants(target)),
		);
		await stage.write(10);
		const finished = await finish(stage, target, [["convert"], ["convert"]]);
		problems.push(...finished.problems);
		const difference = await compareWithReference(stage, target);
		return {
			phase: "any",
			disturbance: `full ${name}`,
			number,
			strikes: [{ afterMs: 0, isInPhase: true, wastedRows: undefined }],
			difference,
			problems,
			complaints: [complaint],
			finishSeconds: finished.seconds,
		};
	} finally {
		await tidy().finally(() => disk.remove());
	}
}

/** The database lies on the small disk, the server's log does not: a statement fails, the server goes on. */
async function dataOfTarget(
	stage: Stage,
	disk: SmallDisk,
	random: Random,
): Promise<Cramped> {
	const server = stage.target;
	const tablespace = "cramped";
	await server.query(
		"postgres",
		`CREATE TABLESPACE ${tablespace} LOCATION '${disk.folder}'`,
	);
	const target = await stage.newTarget("empty", { tablespace });
	const [row] = await server.query<{ bytes: string }>(
		"postgres",
		"SELECT pg_database_size('template_loaded') - pg_database_size('template_empty') AS bytes",
	);
	await disk.leave(Number(row?.bytes ?? 0) * (0.02 + 0.8 * random.next()));
	return {
		target,
		blames:
			/^cutover convert did not finish: the target at \S+ has no room left/,
		enlarge: () => disk.leave(500 * megabyte),
		async tidy() {
			await stage.dropTarget(target);
			await dropTablespace(server, tablespace);
		},
	};
}

/** Data and log share the small disk: the server goes down, and cannot even start before there is room again. */
async function allOfTarget(
	stage: Stage,
	disk: SmallDisk,
	random: Random,
): Promise<Cramped> {
	const server = await startMigrationServer(serverSettings, {
		parent: disk.folder,
	});
	try {
		const target = await stage.newTarget("empty", { server });
		await comeNearEndOfLog(server, random.below(megabyte));
		await disk.leave(megabyte * (0.2 + 4 * random.next()));
		return {
			target,
			blames: /the target at|to the target/,
			async enlarge() {
				await disk.leave(500 * megabyte);
				await server.crash();
			},
			tidy: () => server.stop(),
		};
	} catch (error) {
		await server.stop();
		throw error;
	}
}

/** The checkpoint is for the next crash: replaying the log must not look for a folder that is gone. */
async function dropTablespace(server: TestServer, name: string): Promise<void> {
	await server.query("postgres", `DROP TABLESPACE ${name}`);
	await server.query("postgres", "CHECKPOINT");
}

/** Fills the log's last file, so that the server soon needs a new one (16 MB) and has no room for it. */
async function comeNearEndOfLog(
	server: TestServer,
	leftBytes: number,
): Promise<void> {
	for (;;) {
		const [row] = await server.query<{ is_last: boolean; room: string }>(
			"postgres",
			`SELECT pg_walfile_name(pg_current_wal_insert_lsn()) = (SELECT max(name) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$') AS is_last,
				16777216 - (pg_walfile_name_offset(pg_current_wal_insert_lsn())).file_offset AS room`,
		);
		if (row === undefined) throw new Error("the server has no log");
		if (row.is_last) {
			const bytes = Math.max(0, Number(row.room) - leftBytes - 20_000);
			await server.query(
				"postgres",
				"SELECT pg_logical_emit_message(false, 'crash bench', repeat('x', $1::int))",
				[bytes],
			);
			return;
		}
		await server.query(
			"postgres",
			"SELECT pg_logical_emit_message(true, 'crash bench', '')",
		);
		await server.query("postgres", "SELECT pg_switch_wal()");
	}
}

/** Sorting on the source needs room for temporary files. */
async function scratchOfSource(
	stage: Stage,
	disk: SmallDisk,
	random: Random,
): Promise<Cramped> {
	const { source } = stage;
	await source.query(
		"postgres",
		`CREATE TABLESPACE scratch LOCATION '${disk.folder}'`,
	);
	await source.query(
		"postgres",
		"GRANT CREATE ON TABLESPACE scratch TO cutover; ALTER ROLE cutover SET temp_tablespaces = 'scratch'; ALTER ROLE cutover SET work_mem = '64kB'",
	);
	await disk.leave(4_096 * random.below(16));
	const enlarge = async () => {
		await disk.leave(500 * megabyte);
		await source.query("postgres", "ALTER ROLE cutover RESET ALL");
	};
	const target = await stage.newTarget("empty");
	return {
		target,
		blames:
			/^cutover convert did not finish: the source at \S+ has no room left/,
		enlarge,
		async tidy() {
			await stage.dropTarget(target);
			await dropTablespace(source, "scratch");
		},
	};
}
