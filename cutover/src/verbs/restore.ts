import {
	databaseOption,
	identityOption,
	jobsOption,
	localOptions,
	rdsOption,
	runAsOption,
	timeoutOption,
	yesOption,
} from "./backupOptions.ts";
import { confirmBy, ports, withIdentity } from "./backupPorts.ts";
import type { Verb } from "./verb.ts";

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
