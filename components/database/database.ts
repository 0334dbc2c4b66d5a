import { Instance } from "@pulumi/aws/rds/instance.js";
import { ParameterGroup } from "@pulumi/aws/rds/parameterGroup.js";
import { SubnetGroup } from "@pulumi/aws/rds/subnetGroup.js";
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseSettings } from "@trusted-login/settings";
import { allowIngress, createSecurityGroup } from "../network/securityGroup.ts";

/** What the database is and where it lives. */
export interface DatabaseArgs {
	/** The VPC of its security group. A change replaces the group. */
	readonly vpcId: pulumi.Input<string>;
	/** Private subnets in at least two zones. A change moves the instance with an outage. */
	readonly subnetIds: pulumi.Input<string>[];
	/**
	 * Sizes, windows and protections; defaults in the settings. Storage grows without an outage and never shrinks;
	 * another instanceClass restarts the instance in its maintenance window; another name, or port, replaces or restarts it.
	 */
	readonly settings: DatabaseSettings;
}

/** An encrypted PostgreSQL on RDS that only named security groups reach. Its password is RDS's own secret, never in state. */
export class Database extends pulumi.ComponentResource {
	readonly address: pulumi.Output<string>;
	readonly endpoint: pulumi.Output<string>;
	readonly port: number;
	readonly databaseName: string;
	readonly sslMode: "require" | "prefer";
	readonly masterSecretArn: pulumi.Output<string>;
	readonly #name: string;
	readonly #securityGroupId: pulumi.Output<string>;

	constructor(
		name: string,
		args: DatabaseArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("trusted-login:database:Database", name, args, opts);

		const securityGroup = createSecurityGroup(
			name,
			{
				vpcId: args.vpcId,
				description: "PostgreSQL from the services and jobs that name it",
				ingress: [],
				egress: [],
			},
			this,
		);
		const instance = createInstance(name, args, securityGroup.id, this);

		this.address = instance.address;
		this.endpoint = instance.endpoint;
		this.port = args.settings.port;
		this.databaseName = args.settings.name;
		this.sslMode = args.settings.forceSsl ? "require" : "prefer";
		this.masterSecretArn = instance.masterUserSecrets.apply(masterSecretArn);
		this.#name = name;
		this.#securityGroupId = securityGroup.id;
		this.registerOutputs({
			address: this.address,
			endpoint: this.endpoint,
			port: this.port,
			databaseName: this.databaseName,
			sslMode: this.sslMode,
			masterSecretArn: this.masterSecretArn,
		});
	}

	/** Lets the members of a security group connect; wait for the answer before starting one of them. */
	allowFrom(
		name: string,
		securityGroupId: pulumi.Input<string>,
	): pulumi.Resource {
		return allowIngress(
			this.#name,
			this.#securityGroupId,
			{ name, port: this.port, peer: { securityGroupId } },
			this,
		);
	}
}

function createInstance(
	name: string,
	{ settings, subnetIds }: DatabaseArgs,
	securityGroupId: pulumi.Output<string>,
	parent: Database,
): Instance {
	const subnetGroup = new SubnetGroup(
		name,
		{ subnetIds, tags: { Name: name } },
		{ parent },
	);
	return new Instance(
		name,
		{
			identifier: name,
			engine: "postgres",
			engineVersion: settings.engineVersion,
			instanceClass: settings.instanceClass,
			allocatedStorage: settings.allocatedStorageGb,
			maxAllocatedStorage: settings.maxAllocatedStorageGb,
			storageType: "gp3",
			storageEncrypted: true,
			publiclyAccessible: false,
			dbName: settings.name,
			port: settings.port,
			username: "trusted_login",
			manageMasterUserPassword: true,
			multiAz: settings.multiAz,
			dbSubnetGroupName: subnetGroup.name,
			vpcSecurityGroupIds: [securityGroupId],
			parameterGroupName: createParameters(name, settings, parent).name,
			backupRetentionPeriod: settings.backupRetentionDays,
			backupWindow: settings.backupWindow,
			maintenanceWindow: settings.maintenanceWindow,
			copyTagsToSnapshot: true,
			autoMinorVersionUpgrade: true,
			enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
			deletionProtection: settings.deletionProtection,
			...(settings.finalSnapshot
				? {
						skipFinalSnapshot: false,
						finalSnapshotIdentifier: "trusted-login-final-snapshot",
					}
				: { skipFinalSnapshot: true }),
			tags: { Name: name },
		},
		// The engine's own lock: it also stops a replacement, which RDS's deletion protection would stop only halfway.
		{ parent, protect: settings.deletionProtection },
	);
}

function createParameters(
	name: string,
	settings: DatabaseSettings,
	parent: Database,
): ParameterGroup {
	return new ParameterGroup(
		name,
		{
			family: "postgres15",
			parameters: [
				{
					name: "rds.logical_replication",
					value: settings.logicalReplication ? "1" : "0",
					applyMethod: "pending-reboot",
				},
				{
					name: "rds.force_ssl",
					value: settings.forceSsl ? "1" : "0",
					applyMethod: "immediate",
				},
			],
			tags: { Name: name },
		},
		{ parent },
	);
}

function masterSecretArn(
	secrets: readonly { readonly secretArn: string }[],
): string {
	const [secret] = secrets;
	if (!secret) {
		throw new Error(
			"trusted-login-db: expected RDS to manage the master password in a secret, got none; set manageMasterUserPassword",
		);
	}
	return secret.secretArn;
}
