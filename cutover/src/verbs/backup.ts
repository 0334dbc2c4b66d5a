import {
	databaseOption,
	identityOption,
	intoOption,
	keyOptions,
	localOptions,
	retentionOptions,
	runAsOption,
	slotOptions,
	takeOptions,
	yesOption,
} from "./backupOptions.ts";
import { confirmBy, ports, withIdentity } from "./backupPorts.ts";
import { reportOption, type Verb } from "./verb.ts";

const examples = {
	full: [
		"cutover backup full --database postgresql://backup@db/app --into /backups --uploads /srv/uploads",
		"BACKUP_RECIPIENTS=age1... cutover backup full --into /backups --keep 7",
	],
	incremental: [
		"cutover backup incremental --database postgresql://backup@db/app --into /backups",
	],
} as const;

/** `backup full`, `backup incremental`. */
const takeVerbs: readonly Verb[] = (
	[
		[
			"full",
			"dump the database, encrypt it, and keep files, configuration and images",
		],
		[
			"incremental",
			"copy the running server with its log, and link files that did not change",
		],
	] as const
).map(([kind, summary]) => ({
	name: `backup ${kind}`,
	phase: "Keep it safe:",
	summary,
	options: takeOptions,
	examples: examples[kind],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { takeSchema }, { takeBackup }] =
			await Promise.all([
				import("./parse.ts"),
				import("../backup/settings.ts"),
				import("../backup/take.ts"),
			]);
		const settings = parseSettings(takeSchema, withIdentity(options));
		return await takeBackup(kind, settings, ports, talk, signal);
	},
}));

const backupList: Verb = {
	name: "backup list",
	phase: "Keep it safe:",
	summary:
		"show every backup and how far it reaches; with --keep, what retention would delete",
	options: [
		intoOption,
		databaseOption,
		...slotOptions.slice(0, 1),
		...retentionOptions,
	],
	examples: ["cutover backup list --into /backups --keep 7"],
	async run(options) {
		const [{ parseSettings }, { listSchema }, { listBackups }] =
			await Promise.all([
				import("./parse.ts"),
				import("../backup/settings.ts"),
				import("../backup/list.ts"),
			]);
		return await listBackups(parseSettings(listSchema, options));
	},
};

const backupVerify: Verb = {
	name: "backup verify",
	phase: "Keep it safe:",
	summary: "recompute every hash of a backup, or of all; needs no key",
	options: [
		intoOption,
		{
			flags: "--from <folder>",
			env: "BACKUP_FROM",
			text: "the backup (default: all of --into)",
		},
	],
	examples: ["cutover backup verify --into /backups"],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { verifySchema }, { verify }] = await Promise.all(
			[
				import("./parse.ts"),
				import("../backup/settings.ts"),
				import("../backup/verify.ts"),
			],
		);
		return await verify(parseSettings(verifySchema, options), talk, signal);
	},
};

const backupDrill: Verb = {
	name: "backup drill",
	phase: "Keep it safe:",
	summary:
		"restore a backup into a throw-away server, validate it, measure recovery time and point",
	options: [
		{
			flags: "--from <folder>",
			env: "BACKUP_FROM",
			text: "the backup (default: the newest of --into)",
		},
		...takeOptions,
		runAsOption,
		reportOption,
	],
	examples: ["cutover backup drill --into /backups --json"],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { drillSchema }, { drill }] = await Promise.all([
			import("./parse.ts"),
			import("../backup/settings.ts"),
			import("../backup/drill.ts"),
		]);
		const settings = parseSettings(drillSchema, withIdentity(options));
		return await drill(settings, ports, talk, signal);
	},
};

/** `backup wal`, `backup wal-end`. */
const walVerbs: readonly Verb[] = (
	[
		["wal", "receive the server's log until it is stopped; safe to kill"],
		["wal-end", "remove the replication slot, so that the server keeps no log"],
	] as const
).map(([name, summary]) => ({
	name: `backup ${name}`,
	phase: "Keep it safe:",
	summary,
	options: [
		databaseOption,
		intoOption,
		...slotOptions,
		...(name === "wal"
			? [...keyOptions, ...localOptions.slice(0, 1)]
			: [yesOption]),
	],
	examples: [
		`cutover backup ${name} --database postgresql://backup@db/app --into /backups`,
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { walSchema }, { runWal, endWal }] =
			await Promise.all([
				import("./parse.ts"),
				import("../backup/settings.ts"),
				import("../backup/wal.ts"),
			]);
		const settings = parseSettings(walSchema, withIdentity(options));
		return name === "wal"
			? await runWal(settings, talk, signal)
			: await endWal(settings, await confirmBy(options, signal), talk);
	},
}));

const backupKey: Verb = {
	name: "backup key",
	phase: "Keep it safe:",
	summary: "make the pair of keys that backups are encrypted with",
	options: [identityOption],
	isRecorded: false,
	examples: ["cutover backup key --identity-file /safe/place/backup.key"],
	async run(options) {
		const [{ parseSettings }, { keySchema }, { makeKeyPair }] =
			await Promise.all([
				import("./parse.ts"),
				import("../backup/settings.ts"),
				import("../backup/keyPair.ts"),
			]);
		return await makeKeyPair(parseSettings(keySchema, options));
	},
};

export const backupVerbs: readonly Verb[] = [
	backupKey,
	...takeVerbs,
	...walVerbs,
	backupList,
	backupVerify,
	backupDrill,
];
