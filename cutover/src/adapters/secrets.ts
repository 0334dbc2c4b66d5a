import { readFile, writeFile } from "node:fs/promises";
import { requestLimits } from "@trusted-login/golive/aws";

/** Where a connection URL is handed to the application. */
export interface SecretStore {
	/** The secret's text, or undefined when it has none yet. */
	read(id: string): Promise<string | undefined>;
	write(id: string, value: string): Promise<void>;
}

/** AWS Secrets Manager; ids that start with `file:` are files instead, for targets outside AWS. */
export const secretStore: SecretStore = {
	async read(id) {
		const file = fileOf(id);
		if (file !== undefined) {
			return await readFile(file, "utf8").then(
				(text) => text.trim(),
				() => undefined,
			);
		}
		const { SecretsManagerClient, GetSecretValueCommand } = await import(
			"./secretsSdk.mjs"
		);
		const client = new SecretsManagerClient({
			requestHandler: requestLimits,
		});
		try {
			const answer = await client.send(
				new GetSecretValueCommand({ SecretId: id }),
			);
			return answer.SecretString;
		} catch (error) {
			// A secret without a version answers so; a secret that does not exist fails on write.
			if (
				error instanceof Error &&
				error.name === "ResourceNotFoundException"
			) {
				return undefined;
			}
			throw error;
		} finally {
			client.destroy();
		}
	},
	async write(id, value) {
		const file = fileOf(id);
		if (file !== undefined) {
			await writeFile(file, `${value}\n`, { mode: 0o600 });
			return;
		}
		const { SecretsManagerClient, PutSecretValueCommand } = await import(
			"./secretsSdk.mjs"
		);
		const client = new SecretsManagerClient({
			requestHandler: requestLimits,
		});
		try {
			await client.send(
				new PutSecretValueCommand({ SecretId: id, SecretString: value }),
			);
		} finally {
			client.destroy();
		}
	},
};

function fileOf(id: string): string | undefined {
	return id.startsWith("file:") ? id.slice("file:".length) : undefined;
}
