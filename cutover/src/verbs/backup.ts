import type { Confirm } from "../confirm.ts";
import { type OptionSpec, reportOption, type Verb } from "./verb.ts";

const databaseOption: OptionSpec = {
	flags: "--database <url>",
	env: "DATABASE_URL",
	text: "database; parts left out of the URL come from PGHOST, PGUSER, ...",
};

const intoOption: OptionSpec = {
	flags: "--into <folder>",
	env: "BACKUP_DIR",
	text: "folder that the backups go into",
};

const identityOption: OptionSpec = {
	flags: "--identity-file <file>",
	env: "BACKUP_IDENTITY_FILE",
	text: "private key that opens backups (or the key itself in BACKUP_IDENTITY); default: the file that backup key made",
};

const keyOptions: readonly OptionSpec[] = [
	{
		flags: "--recipients <keys>",
		env: "BACKUP_RECIPIENTS",
		text: "public keys (age1...) to encrypt for, separated by commas",
	},
	{
		flags: "--recipients-file <file>",
		env: "BACKUP_RECIPIENTS_FILE",
		text: "file of public keys, one a line",
	},
	identityOption,
	{
		flags: "--plaintext",
		env: "BACKUP_PLAINTEXT",
		text: "leave password hashes and secrets unencrypted",
	},
];

const localOptions: readonly OptionSpec[] = [
	{
		flags: "--pg-bin <folder>",
		env: "PG_BIN",
		text: "folder of PostgreSQL's programs (default: PATH, then the usual places)",
	},
	{
		flags: "--spool <folder>",
		env: "BACKUP_SPOOL",
		text: "folder for what is unencrypted for a while, for example on a RAM disk",
	},
];

const runAsOption: OptionSpec = {
	flags: "--run-as <account>",
	env: "BACKUP_RUN_AS",
	text: "account that local servers run as when we are root (default: postgres)",
};

const retentionOptions: readonly OptionSpec[] = [
	{
		flags: "--keep <number>",
		env: "BACKUP_KEEP",
		text: "newest backups that stay; older ones are deleted",
	},
	{
		flags: "--keep-days <number>",
		env: "BACKUP_KEEP_DAYS",
		text: "backups younger than this stay; older ones are deleted",
	},
];

const slotOptions: readonly OptionSpec[] = [
	{
		flags: "--slot <name>",
		env: "BACKUP_SLOT",
		text: "replication slot that keeps the log until it is received (default: backup_slot)",
	},
	{
		flags: "--accept-unlimited-wal",
		env: "BACKUP_ACCEPT_UNLIMITED_WAL",
		text: "make the slot although max_slot_wal_keep_size sets no limit",
	},
];

const rdsOption: OptionSpec = {
	flags: "--rds-instance <id>",
	env: "BACKUP_RDS_INSTANCE",
	text: "RDS instance: its own snapshots and recovery to a moment",
};

const jobsOption: OptionSpec = {
	flags: "--jobs <number>",
	env: "BACKUP_JOBS",
	text: "tables dumped or restored at the same time (default: 2)",
};

const timeoutOption: OptionSpec = {
	flags: "--timeout-seconds <number>",
	env: "BACKUP_TIMEOUT_SECONDS",
	text: "longest wait for RDS (default: 14400)",
};

const yesOption: OptionSpec = {
	flags: "--yes",
	text: "do not ask",
};

const takeOptions: readonly OptionSpec[] = [
	databaseOption,
	intoOption,
	{
		flags: "--auth-database <url>",
		env: "AUTH_DATABASE_URL",
		text: "database of Supabase Auth where it is another one",
	},
	{
		flags: "--uploads <folder>",
		env: "BACKUP_UPLOADS",
		text: "folder of the uploaded files",
	},
	{
		flags: "--config <folder>",
		env: "BACKUP_CONFIG",
		text: "folder of the configuration",
	},
	{
		flags: "--env-file <file>",
		env: "BACKUP_ENV_FILE",
		text: "the .env file",
	},
	{
		flags: "--images <refs>",
		env: "BACKUP_IMAGES",
		text: "container images, separated by commas",
	},
	{
		flags: "--save-images",
		env: "BACKUP_SAVE_IMAGES",
		text: "keep archives of the images, not only their references",
	},
	{
		flags: "--role-passwords",
		env: "BACKUP_ROLE_PASSWORDS",
		text: "keep the password hashes of the server's roles as well",
	},
	jobsOption,
	...keyOptions,
	...retentionOptions,
	...slotOptions,
	rdsOption,
	timeoutOption,
	...localOptions,
];

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

export const restoreVerb: Verb = {
	name: "restore",
	phase: "Keep it safe:",
	summary: "put a backup back, or a server to a moment",
	options: [
		{
			flags: "--from <folder>",
			env: "BACKUP_FROM",
			text: "the backup, or a folder of backups: its newest",
		},
		databaseOption,
		{
			flags: "--replace",
			text: "destroy what the database holds; overwrite files that differ",
		},
		yesOption,
		{
			flags: "--create-roles",
			env: "RESTORE_CREATE_ROLES",
			text: "make roles that are missing, without login",
		},
		{
			flags: "--no-owner",
			env: "RESTORE_NO_OWNER",
			text: "leave owners and grants out",
		},
		{
			flags: "--uploads-into <folder>",
			env: "RESTORE_UPLOADS",
			text: "where the uploads go",
		},
		{
			flags: "--config-into <folder>",
			env: "RESTORE_CONFIG",
			text: "where the configuration goes",
		},
		{
			flags: "--env-into <file>",
			env: "RESTORE_ENV_FILE",
			text: "where the .env file goes",
		},
		{
			flags: "--to <moment>",
			env: "RESTORE_TO",
			text: "time with zone, position of the log, or latest; of an incremental backup",
		},
		{
			flags: "--data-dir <folder>",
			env: "RESTORE_DATA_DIR",
			text: "fresh folder for the recovered server",
		},
		rdsOption,
		{
			flags: "--new-instance <id>",
			env: "RESTORE_NEW_INSTANCE",
			text: "RDS instance to make: the old one stays as it is",
		},
		timeoutOption,
		jobsOption,
		identityOption,
		...localOptions,
		runAsOption,
	],
	examples: [
		"cutover restore --from /backups/migration_20260801_021500 --database postgresql://postgres@db/app",
		"cutover restore --from /backups --to 2026-08-01T02:10:00Z --data-dir /var/lib/postgresql/recovered",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { restoreSchema }, { restore }] =
			await Promise.all([
				import("./parse.ts"),
				import("../backup/settings.ts"),
				import("../backup/restore.ts"),
			]);
		// Commander takes --no-owner for the opposite of an option --owner.
		const { owner, ...rest } = withIdentity(options);
		const settings = parseSettings(restoreSchema, {
			...rest,
			noOwner: owner === false,
		});
		const confirm = await confirmBy(options, signal);
		return await restore(settings, { ...ports, confirm }, talk, signal);
	},
};

const ports = {
	rds: async () => (await import("../adapters/rds.ts")).rdsPort(),
};

/** `--yes`, or a person at the terminal. */
async function confirmBy(
	options: Readonly<Record<string, unknown>>,
	signal: AbortSignal,
): Promise<Confirm> {
	const { confirmed, confirmOn } = await import("../confirm.ts");
	return options.yes === true
		? confirmed
		: confirmOn(process.stdin, process.stderr, signal);
}

/** A private key is taken from the environment and never from the command line. */
function withIdentity(
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
	return { ...options, identity: process.env.BACKUP_IDENTITY };
}
