import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import {
	initDatabase,
	type LocalServer,
	makeServerFolder,
	startLocalServer,
} from "../adapters/localServer.ts";
import { identifier, withSession } from "../adapters/postgres.ts";
import {
	findTools,
	type Installation,
	serverAccount,
} from "../adapters/postgresTools.ts";
import type { Account } from "../adapters/tools.ts";
import { confirmed } from "../confirm.ts";
import type { Talk } from "../console.ts";
import { durationText } from "../convert/progress.ts";
import { RefusedError } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { withReport } from "../reports/keep.ts";
import { writeReport } from "../reports/report.ts";
import { integrityCheck, sampleCheck } from "./drillChecks.ts";
import { type Hold, takeHold } from "./hold.ts";
import { type DatabaseFacts, type Manifest, readManifest } from "./manifest.ts";
import { timeOfName } from "./naming.ts";
import { placesOf } from "./places.ts";
import type { RdsPort } from "./rds.ts";
import { recover } from "./recover.ts";
import { identitiesFor } from "./restore.ts";
import { restoreDump } from "./restoreDump.ts";
import type { DrillSettings } from "./settings.ts";
import { latestOf } from "./shelf.ts";
import { takeBackup } from "./take.ts";
import { verifyOne } from "./verify.ts";
import { appendLine } from "./walArchive.ts";

/** A restored server, and how fresh it is. */
interface Drilled {
	readonly server: LocalServer;
	readonly database: string;
	readonly checks: readonly Check[];
	readonly lastTransactionAt: string;
}

interface Drill {
	readonly settings: DrillSettings;
	readonly folder: string;
	readonly manifest: Manifest;
	readonly facts: DatabaseFacts;
	readonly identities: readonly string[];
	readonly workFolder: string;
	readonly tools: Installation;
	readonly account: Account | undefined;
	readonly hold: Hold;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/**
 * Restores the very backup into a server of its own, validates it, and measures how long that took (recovery time) and how old the
 * newest restored transaction is (recovery point). Removes everything it started.
 */
export async function drill(
	settings: DrillSettings,
	ports: { readonly rds: () => Promise<RdsPort> },
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const folder = await folderFor(settings, ports, talk, signal);
	const into = dirname(folder);
	const hold = await takeHold(
		placesOf(into).drillLock,
		"a restore drill",
		talk,
	);
	const workFolder = await mkdtemp(
		join(settings.spool ?? tmpdir(), "cutover-"),
	);
	const startedAt = performance.now();
	const at = new Date();
	try {
		await hold.remains(workFolder);
		await chmod(workFolder, 0o711);
		const checks: Check[] = [...(await verifyOne(folder, talk, signal))];
		let last: string | undefined;
		if (combineOutcomes(checks) === "passed") {
			const manifest = await readManifest(folder);
			const facts = requireDatabase(manifest);
			const done = await drillIn({
				settings,
				folder,
				manifest,
				facts,
				identities: await identitiesFor(manifest, settings),
				workFolder,
				tools: await serverTools(settings, facts),
				account: await serverAccount(settings.runAs),
				hold,
				talk,
				signal,
			});
			checks.push(...done.checks);
			last = done.lastTransactionAt;
		}
		const seconds = (performance.now() - startedAt) / 1000;
		const result = await concluded({ folder, checks, at, seconds, last });
		const report = await writeReport(settings.reportDir, "backup-drill", {
			title: `Restore drill of ${folder}`,
			result: { outcome: result.outcome, checks: result.checks },
			facts: result.facts ?? {},
		});
		return withReport(result, report);
	} finally {
		await rm(workFolder, { recursive: true, force: true });
		await hold.release();
	}
}

async function drillIn(task: Drill): Promise<Drilled> {
	const isDump = task.facts.method === "dump";
	const drilled = isDump ? await drillDump(task) : await drillBase(task);
	try {
		const url = drilled.server.url(drilled.database);
		const checks = [
			await sampleCheck(url, task.facts),
			await integrityCheck(
				url,
				{ major: task.tools.major, pgBin: task.settings.pgBin },
				task.signal,
				task.talk,
			),
		];
		return { ...drilled, checks: [...drilled.checks, ...checks] };
	} finally {
		await drilled.server.stop("at once");
	}
}

async function drillDump(task: Drill): Promise<Drilled> {
	const { tools, account, facts, hold, signal, workFolder } = task;
	const run = join(workFolder, "run");
	const dataDir = join(workFolder, "data");
	await makeServerFolder(account, run);
	await makeServerFolder(account, dataDir);
	const plan = {
		directory: tools.directory,
		dataDir,
		folder: run,
		account,
		user: "cutover_drill",
		signal,
	};
	await initDatabase(plan, facts.encoding ?? "UTF8");
	await hold.program("postgres", dataDir);
	const server = await startLocalServer({
		...plan,
		// Lost with the drill anyway.
		settings: {
			fsync: "off",
			full_page_writes: "off",
			maintenance_work_mem: "256MB",
			max_wal_size: "4GB",
		},
		readyTimeoutMs: 60_000,
	});
	try {
		await withSession(server.url("postgres"), { what: "drill" }, (session) =>
			session.query(
				`CREATE DATABASE ${identifier(facts.name)} TEMPLATE template0`,
			),
		).catch((error: unknown) => {
			// It is there already when it is called postgres.
			if (facts.name !== "postgres") throw error;
		});
		const checks = await restoreDump({
			...task,
			database: server.url(facts.name),
			jobs: task.settings.jobs,
			pgBin: task.settings.pgBin,
			spool: join(workFolder, "plain"),
			replace: false,
			confirm: confirmed,
			noOwner: false,
			createRoles: true,
		});
		return {
			server,
			database: facts.name,
			checks,
			lastTransactionAt: facts.at,
		};
	} catch (error) {
		await server.stop("at once");
		throw error;
	}
}

async function drillBase(task: Drill): Promise<Drilled> {
	const startedAt = performance.now();
	const recovered = await recover({
		...task,
		into: dirname(task.folder),
		to: "latest",
		dataDir: join(task.workFolder, "data"),
	});
	const last = recovered.lastTransactionAt?.toISOString() ?? task.facts.at;
	return {
		server: recovered.server,
		database: task.facts.name,
		checks: [
			{
				name: "recovery",
				outcome: "passed",
				expected: "the base backup and all of the log",
				actual: `recovered up to ${recovered.logEnd}, last transaction ${last}`,
				seconds: (performance.now() - startedAt) / 1000,
			},
		],
		lastTransactionAt: last,
	};
}

async function concluded(end: {
	readonly folder: string;
	readonly checks: readonly Check[];
	readonly at: Date;
	readonly seconds: number;
	readonly last: string | undefined;
}): Promise<Result> {
	const outcome = combineOutcomes(end.checks);
	const rpoSeconds =
		end.last === undefined
			? null
			: Math.max(0, (end.at.getTime() - Date.parse(end.last)) / 1000);
	const facts = {
		backup: basename(end.folder),
		at: end.at.toISOString(),
		rtoSeconds: Number(end.seconds.toFixed(3)),
		rpoSeconds,
		lastTransactionAt: end.last ?? null,
	};
	await appendLine(
		placesOf(dirname(end.folder)).drills,
		JSON.stringify({ outcome, ...facts }),
	);
	return {
		outcome,
		checks: end.checks,
		next:
			outcome === "passed"
				? `${facts.backup} can be restored: recovery time ${durationText(end.seconds)}, recovery point ${durationText(rpoSeconds ?? 0)} before the drill; the trial server is gone`
				: `${facts.backup} did NOT pass the drill: do not rely on it; see what failed, make a new backup and drill that`,
		facts,
	};
}

/** The backup to drill: the named or the newest one; where there is none and a database is named, one is made first. */
async function folderFor(
	settings: DrillSettings,
	ports: { readonly rds: () => Promise<RdsPort> },
	talk: Talk,
	signal: AbortSignal,
): Promise<string> {
	const from = resolve(settings.from ?? settings.into);
	if (timeOfName(basename(from)) !== undefined) return from;
	const newest = await latestOf(
		from,
		(manifest) =>
			manifest.database !== undefined &&
			manifest.database.method !== "rds snapshot",
	);
	if (newest !== undefined) return newest.folder;
	if (settings.database === undefined) {
		throw new RefusedError(
			`there is no backup with a database in ${from}; run "cutover backup full --into ${from}" first`,
		);
	}
	talk.say(`there is no backup in ${from}: making one first`);
	const made = await takeBackup("full", settings, ports, talk, signal);
	const path = made.facts?.path;
	if (typeof path === "string") return path;
	throw new RefusedError(`the backup to drill was not made: ${made.next}`);
}

function requireDatabase(manifest: Manifest): DatabaseFacts {
	const { database } = manifest;
	if (database !== undefined && database.method !== "rds snapshot") {
		return database;
	}
	throw new RefusedError(
		`${manifest.name} holds no database that can be restored here; name another backup with --from`,
	);
}

async function serverTools(
	settings: DrillSettings,
	facts: DatabaseFacts,
): Promise<Installation> {
	const isDump = facts.method === "dump";
	return await findTools({
		commands: isDump ? ["postgres", "initdb", "pg_restore"] : ["postgres"],
		folder: settings.pgBin,
		major: {
			text: isDump ? `${facts.major} or later` : String(facts.major),
			fits: (major) => (isDump ? major >= facts.major : major === facts.major),
		},
	});
}
