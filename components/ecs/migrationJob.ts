import { Command } from "@pulumi/command/local/command.js";
import * as pulumi from "@pulumi/pulumi";
import type { JobSettings } from "@trusted-login/settings";
import type { Database } from "../database/database.ts";
import { createSecurityGroup } from "../network/securityGroup.ts";
import type { JobReports } from "../storage/jobReports.ts";
import type { SecretReference } from "./container.ts";
import type { PinnedImage } from "./imageRepositories.ts";
import { createTask, type Placement } from "./task.ts";
import type { Statement } from "./taskRoles.ts";

/** One run of the cutover image. */
export interface MigrationJobArgs {
	readonly placement: Placement;
	/** The cutover image. Another digest runs the job again; every job may be repeated. */
	readonly image: PinnedImage;
	/** What the image is asked to do. A change runs the job again. */
	readonly command: readonly string[];
	/** CPU, memory and the time it may take; defaults in the settings. A change runs the job again. */
	readonly size: JobSettings;
	/** The target; the job gets RDS's own user and password. */
	readonly database: Database;
	/** Where the job keeps its reports: its own disk is gone with it. */
	readonly reports: JobReports;
	readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
	readonly secrets?: Readonly<Record<string, SecretReference>>;
	/** What the job may do on AWS beside reading its secrets. */
	readonly statements?: readonly Statement[];
	/** What has to succeed before the job starts. */
	readonly after: readonly pulumi.Resource[];
	/** An EFS file system with the legacy uploads. */
	readonly files?: { readonly fileSystemId: string; readonly path: string };
}

/** A task that runs to its end during the update, and fails the update when it fails. */
export class MigrationJob extends pulumi.ComponentResource {
	/** One JSON line: what the job did. */
	readonly outcome: pulumi.Output<string>;

	constructor(
		name: string,
		args: MigrationJobArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super(
			"trusted-login:ecs:MigrationJob",
			name,
			{ command: args.command, size: args.size },
			opts,
		);

		const securityGroup = createJobSecurityGroup(name, args.placement, this);
		const access = args.database.allowFrom(name, securityGroup.id);
		const task = createTask(
			name,
			{
				placement: args.placement,
				image: args.image,
				command: args.command,
				cpu: args.size.cpu,
				memoryMb: args.size.memoryMb,
				environment: {
					...targetOf(args.database),
					CUTOVER_REPORT_DIR: args.reports.address,
					...args.environment,
				},
				secrets: { ...masterUserOf(args.database), ...args.secrets },
				statements: [...(args.statements ?? []), ...args.reports.access],
				...(args.files ? { files: args.files } : {}),
			},
			this,
		);
		const { timeoutMinutes } = args.size;
		const run = new Command(
			name,
			{
				interpreter: ["node", "cutover/bin/cutover.mjs", "job"],
				create: "run",
				environment: {
					CUTOVER_CLUSTER: args.placement.clusterName,
					CUTOVER_TASK_DEFINITION: task.definitionArn,
					CUTOVER_SUBNETS: pulumi
						.all(args.placement.subnetIds)
						.apply((ids) => ids.join(",")),
					CUTOVER_SECURITY_GROUPS: securityGroup.id,
					CUTOVER_LOG_GROUP: task.logGroup,
					CUTOVER_TIMEOUT_SECONDS: String(timeoutMinutes * 60),
				},
				triggers: [args.image.digest, args.command],
			},
			{
				parent: this,
				// Without its policies and the way to the database the task would die at its start.
				dependsOn: [...task.ready, access, ...args.after],
				// The job ends itself first and says why; the engine's patience is only the second line.
				customTimeouts: {
					create: `${timeoutMinutes + 5}m`,
					update: `${timeoutMinutes + 5}m`,
				},
			},
		);

		this.outcome = run.stdout;
		this.registerOutputs({ outcome: this.outcome });
	}
}

function createJobSecurityGroup(
	name: string,
	placement: Placement,
	parent: MigrationJob,
) {
	return createSecurityGroup(
		name,
		{
			vpcId: placement.vpcId,
			description: "Jobs that move the data: outwards only",
			ingress: [],
			// The legacy database's address is a secret, so its port and network cannot be named here.
			egress: [
				{
					name: "anywhere",
					port: { from: 0, to: 65535 },
					peer: { cidr: "0.0.0.0/0" },
				},
			],
		},
		parent,
	);
}

function targetOf(database: Database) {
	return {
		TARGET_DATABASE_URL: `postgresql:///${database.databaseName}`,
		PGHOST: database.address,
		PGPORT: String(database.port),
		PGSSLMODE: database.sslMode,
	};
}

function masterUserOf(database: Database): Record<string, SecretReference> {
	return {
		PGUSER: { arn: database.masterSecretArn, key: "username" },
		PGPASSWORD: { arn: database.masterSecretArn, key: "password" },
	};
}
