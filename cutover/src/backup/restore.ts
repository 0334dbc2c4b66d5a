import { createHash } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import {
	addressOf,
	findTools,
	serverAccount,
} from "../adapters/postgresTools.ts";
import type { Confirm } from "../confirm.ts";
import type { Talk } from "../console.ts";
import { durationText } from "../convert/progress.ts";
import { RefusedError, UsageError } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { takeHold } from "./hold.ts";
import { loadIdentities } from "./keys.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { timeOfName } from "./naming.ts";
import { type RdsPort, restoreRds } from "./rds.ts";
import { recover } from "./recover.ts";
import { restoreDump } from "./restoreDump.ts";
import { restoreFolder } from "./restoreFolder.ts";
import type { RestoreSettings } from "./settings.ts";
import { readShelf } from "./shelf.ts";
import { backupFolder, verifyOne } from "./verify.ts";

/** What a restore needs from the outside. */
export interface RestorePorts {
	readonly rds: () => Promise<RdsPort>;
	/** Asked before anything is destroyed. */
	readonly confirm: Confirm;
}

/** Puts a backup back: the dump into a database, files into folders, a base backup to a moment, or an RDS instance beside the old one. */
export async function restore(
	settings: RestoreSettings,
	ports: RestorePorts,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	if (settings.rdsInstance !== undefined) {
		return await restoreOnRds(settings, ports, talk, signal);
	}
	if (settings.from === undefined) throw new UsageError("--from: is needed");
	requireSomething(settings);
	const startedAt = performance.now();
	const isToMoment =
		settings.to !== undefined || settings.dataDir !== undefined;
	const folder = isToMoment
		? await baseFor(settings.from, settings.to ?? "latest")
		: await backupFolder(settings.from);
	const checks: Check[] = [...(await verifyOne(folder, talk, signal))];
	if (checks.some((check) => check.outcome !== "passed")) {
		return resultOf(
			checks,
			`${folder} is damaged: nothing was restored; use another backup`,
			startedAt,
		);
	}
	const manifest = await readManifest(folder);
	const identities = await identitiesFor(manifest, settings);
	let next = "";
	if (isToMoment) {
		const done = await toMoment(
			settings,
			folder,
			manifest,
			identities,
			talk,
			signal,
		);
		checks.push(done.check);
		next = done.next;
	} else if (settings.database !== undefined) {
		checks.push(
			...(await intoDatabase(
				settings,
				settings.database,
				folder,
				manifest,
				identities,
				ports.confirm,
				talk,
				signal,
			)),
		);
		next = `${addressOf(settings.database)} holds ${manifest.name}, the state of ${manifest.database?.at}`;
	}
	for (const [part, into] of [
		["uploads", settings.uploadsInto],
		["config", settings.configInto],
		["env", settings.envInto],
	] as const) {
		if (into === undefined) continue;
		checks.push(
			await restoreFolder({
				folder,
				manifest,
				identities,
				part,
				into: resolve(into),
				replace: settings.replace,
				talk,
				signal,
			}),
		);
		next ||= `the files of ${manifest.name} are restored`;
	}
	const isGood = combineOutcomes(checks) === "passed";
	return resultOf(
		checks,
		isGood
			? `${next}; in ${durationText((performance.now() - startedAt) / 1000)}`
			: `NOT restored as it was: see what failed, mend it and run the same again`,
		startedAt,
	);
}

/** The private keys of an encrypted backup; none for a plain one. */
export async function identitiesFor(
	manifest: Manifest,
	settings: Pick<RestoreSettings, "identity" | "identityFile">,
): Promise<readonly string[]> {
	return manifest.encryption.format === "none"
		? []
		: await loadIdentities(settings);
}

function resultOf(
	checks: readonly Check[],
	next: string,
	startedAt: number,
): Result {
	return {
		outcome: combineOutcomes(checks),
		checks,
		next,
		facts: { seconds: (performance.now() - startedAt) / 1000 },
	};
}

function requireSomething(settings: RestoreSettings): void {
	const { database, dataDir, to } = settings;
	if (to !== undefined && dataDir === undefined) {
		throw new UsageError(
			"--data-dir: is needed with --to: recovery to a moment makes a server of its own, beside the running one",
		);
	}
	const { uploadsInto, configInto, envInto } = settings;
	if (database ?? dataDir ?? uploadsInto ?? configInto ?? envInto) return;
	throw new UsageError(
		"--database: is needed (or --data-dir, --uploads-into, --config-into, --env-into)",
	);
}

async function intoDatabase(
	settings: RestoreSettings,
	database: string,
	folder: string,
	manifest: Manifest,
	identities: readonly string[],
	confirm: Confirm,
	talk: Talk,
	signal: AbortSignal,
): Promise<readonly Check[]> {
	const spoolParent = resolve(settings.spool ?? tmpdir());
	const address = addressOf(database);
	const id = createHash("sha256").update(address).digest("hex").slice(0, 12);
	const hold = await takeHold(
		join(spoolParent, `.cutover-restore-${id}.lock`),
		`a restore into ${address}`,
		talk,
	);
	const spool = join(spoolParent, `cutover-restore-${id}-${process.pid}`);
	try {
		return await restoreDump({
			...settings,
			folder,
			manifest,
			identities,
			database,
			spool,
			confirm,
			hold,
			talk,
			signal,
		});
	} finally {
		await rm(spool, { recursive: true, force: true });
		await hold.release();
	}
}

async function toMoment(
	settings: RestoreSettings,
	folder: string,
	manifest: Manifest,
	identities: readonly string[],
	talk: Talk,
	signal: AbortSignal,
): Promise<{ readonly check: Check; readonly next: string }> {
	const startedAt = performance.now();
	const major = manifest.database?.major ?? 0;
	const to = settings.to ?? "latest";
	const dataDir = resolve(settings.dataDir ?? "");
	const tools = await findTools({
		commands: ["postgres"],
		folder: settings.pgBin,
		major: { text: String(major), fits: (found) => found === major },
	});
	const account = await serverAccount(settings.runAs);
	const hold = await takeHold(
		`${dataDir}.lock`,
		`recovery into ${dataDir}`,
		talk,
	);
	const workFolder = await mkdtemp(
		join(settings.spool ?? tmpdir(), "cutover-"),
	);
	try {
		await hold.remains(workFolder);
		await chmod(workFolder, 0o700);
		const recovered = await recover({
			into: dirname(folder),
			folder,
			manifest,
			identities,
			to,
			dataDir,
			workFolder,
			tools,
			account,
			hold,
			talk,
			signal,
		});
		await recovered.server.stop("orderly");
		const last = recovered.lastTransactionAt?.toISOString();
		return {
			check: {
				name: "recovery",
				outcome: "passed",
				expected: `the state of ${to}`,
				actual: `recovered from ${manifest.name}, last transaction ${last ?? "none after the base backup"}; the log at hand reached ${recovered.logEnd}`,
				seconds: (performance.now() - startedAt) / 1000,
			},
			next: `${dataDir} holds the recovered server, shut down in order and writable; start it with ${join(tools.directory, "pg_ctl")} -D ${dataDir} start after a look at its configuration (port, archiving)`,
		};
	} finally {
		await rm(workFolder, { recursive: true, force: true });
		await hold.release();
	}
}

/** The base backup to start from: the named one, or of a folder of backups the newest that is old enough. */
async function baseFor(from: string, to: string): Promise<string> {
	const folder = resolve(from);
	if (timeOfName(basename(folder)) !== undefined) return folder;
	const bases = (await readShelf(folder)).filter(
		(one) => one.manifest?.database?.base !== undefined,
	);
	const isTime = to !== "latest" && !to.includes("/");
	const fitting = isTime
		? bases.filter(
				(one) => Date.parse(one.manifest?.database?.at ?? "") <= Date.parse(to),
			)
		: bases;
	const last = fitting.at(-1);
	if (last !== undefined) return last.folder;
	throw new RefusedError(
		bases.length === 0
			? `expected a backup with its log in ${folder}, got none; only "cutover backup incremental" makes backups that can be restored to a moment`
			: `expected a base backup older than ${to} in ${folder}, got none: the oldest became whole at ${bases[0]?.manifest?.database?.at}`,
	);
}

async function restoreOnRds(
	settings: RestoreSettings,
	ports: { readonly rds: () => Promise<RdsPort> },
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const { rdsInstance, newInstance, to } = settings;
	if (rdsInstance === undefined || newInstance === undefined) {
		throw new UsageError(
			"--new-instance: is needed with --rds-instance: RDS restores into a new instance, never into the old one",
		);
	}
	if (to?.includes("/")) {
		throw new UsageError(
			"--to: expected a time or latest: RDS knows no positions",
		);
	}
	return await restoreRds(
		await ports.rds(),
		{
			instance: rdsInstance,
			newInstance,
			at: to === undefined || to === "latest" ? undefined : new Date(to),
			timeoutSeconds: settings.timeoutSeconds,
		},
		talk,
		signal,
	);
}
