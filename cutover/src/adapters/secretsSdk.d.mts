/** What is used of `@aws-sdk/client-secrets-manager`; names and shapes are its own. */

import type { RequestLimits } from "@trusted-login/golive/aws";

export class GetSecretValueCommand {
	constructor(input: { readonly SecretId: string });
	/** Never set: it tells the commands apart. */
	readonly get: true;
}

export class PutSecretValueCommand {
	constructor(input: {
		readonly SecretId: string;
		readonly SecretString: string;
	});
	/** Never set: it tells the commands apart. */
	readonly put: true;
}

export class SecretsManagerClient {
	constructor(config: { readonly requestHandler: RequestLimits });
	send(
		command: GetSecretValueCommand,
	): Promise<{ readonly SecretString?: string }>;
	send(command: PutSecretValueCommand): Promise<unknown>;
	destroy(): void;
}
