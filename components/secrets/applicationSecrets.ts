import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";

/** The values that are known before the update, and how long deleted ones can come back. */
export interface ApplicationSecretsArgs {
	/** The legacy database, as the jobs read it. A change reaches the next job, nothing that runs. */
	readonly legacyDatabaseUrl: pulumi.Input<string>;
	/** Signs sessions on both versions. A change signs every user out with the next deployment. */
	readonly jwtSecret: pulumi.Input<string>;
	/** Planted accounts and their passwords, for the final sync to sign in with. A change reaches the next job. */
	readonly canaries: pulumi.Input<string>;
	/** Days in which a deleted secret can be brought back; default 30 in the settings. */
	readonly recoveryDays: number;
}

/** The secrets of services and jobs in Secrets Manager. */
export class ApplicationSecrets extends pulumi.ComponentResource {
	readonly legacyDatabaseUrlArn: pulumi.Output<string>;
	readonly jwtSecretArn: pulumi.Output<string>;
	readonly canariesArn: pulumi.Output<string>;
	/** Declared empty: the schema job makes the backend's own role and fills it in, so no state ever holds it. */
	readonly databaseUrlArn: pulumi.Output<string>;
	/** The versions that have to be there before a task reads its secrets. */
	readonly versions: readonly pulumi.Resource[];

	constructor(
		name: string,
		args: ApplicationSecretsArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		// The values stay out of the component's own inputs: a policy pack would see them in plain text.
		super(
			"trusted-login:secrets:ApplicationSecrets",
			name,
			{ recoveryDays: args.recoveryDays },
			opts,
		);

		const create = (role: string) =>
			createSecret(`${name}-${role}`, args.recoveryDays, this);
		const legacy = create("legacy-database-url");
		const jwt = create("jwt-secret");
		const canaries = create("canaries");
		const database = create("database-url");
		const fill = (role: string, secret: Secret, value: pulumi.Input<string>) =>
			new SecretVersion(
				`${name}-${role}`,
				{ secretId: secret.id, secretString: pulumi.secret(value) },
				{ parent: this },
			);

		this.versions = [
			fill("legacy-database-url", legacy, args.legacyDatabaseUrl),
			fill("jwt-secret", jwt, args.jwtSecret),
			fill("canaries", canaries, args.canaries),
		];
		this.legacyDatabaseUrlArn = legacy.arn;
		this.jwtSecretArn = jwt.arn;
		this.canariesArn = canaries.arn;
		this.databaseUrlArn = database.arn;
		this.registerOutputs({
			legacyDatabaseUrlArn: this.legacyDatabaseUrlArn,
			jwtSecretArn: this.jwtSecretArn,
			canariesArn: this.canariesArn,
			databaseUrlArn: this.databaseUrlArn,
		});
	}
}

function createSecret(
	name: string,
	recoveryWindowInDays: number,
	parent: ApplicationSecrets,
): Secret {
	return new Secret(
		name,
		{ name, recoveryWindowInDays, tags: { Name: name } },
		{ parent },
	);
}
