/** The options of the backup verbs and of `restore`. */
import type { OptionSpec } from "./verb.ts";

export const databaseOption: OptionSpec = {
	flags: "--database <url>",
	env: "DATABASE_URL",
	text: "database; parts left out of the URL come from PGHOST, PGUSER, ...",
};

export const intoOption: OptionSpec = {
	flags: "--into <folder>",
	env: "BACKUP_DIR",
	text: "folder that the backups go into",
};

export const identityOption: OptionSpec = {
	flags: "--identity-file <file>",
	env: "BACKUP_IDENTITY_FILE",
	text: "private key that opens backups (or the key itself in BACKUP_IDENTITY); default: the file that backup key made",
};

export const keyOptions: readonly OptionSpec[] = [
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

export const localOptions: readonly OptionSpec[] = [
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

export const runAsOption: OptionSpec = {
	flags: "--run-as <account>",
	env: "BACKUP_RUN_AS",
	text: "account that local servers run as when we are root (default: postgres)",
};

export const retentionOptions: readonly OptionSpec[] = [
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

export const slotOptions: readonly OptionSpec[] = [
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

export const rdsOption: OptionSpec = {
	flags: "--rds-instance <id>",
	env: "BACKUP_RDS_INSTANCE",
	text: "RDS instance: its own snapshots and recovery to a moment",
};

export const jobsOption: OptionSpec = {
	flags: "--jobs <number>",
	env: "BACKUP_JOBS",
	text: "tables dumped or restored at the same time (default: 2)",
};

export const timeoutOption: OptionSpec = {
	flags: "--timeout-seconds <number>",
	env: "BACKUP_TIMEOUT_SECONDS",
	text: "longest wait for RDS (default: 14400)",
};

export const yesOption: OptionSpec = {
	flags: "--yes",
	text: "do not ask",
};

export const takeOptions: readonly OptionSpec[] = [
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
