import { z } from "zod";
import { loadOrCreateEndpoint } from "../engine/places.ts";

const read = z.object({
	outputs: z.object({
		address: z.string(),
		port: z.number(),
		dbName: z.string(),
		masterUserSecrets: z.array(z.object({ secretArn: z.string() })).min(1),
	}),
});
const secret = z.object({ SecretString: z.string() });
const master = z.object({ username: z.string(), password: z.string() });

/** The connection URL of the laptop cloud's database, as its master user. */
export async function masterDatabaseUrl(identifier: string): Promise<string> {
	const { outputs } = read.parse(
		await post(
			"/_laptop/read",
			{ type: "aws:rds/instance:Instance", id: identifier },
			{},
		),
	);
	const { SecretString } = secret.parse(
		await post(
			"/",
			{ SecretId: outputs.masterUserSecrets[0]?.secretArn },
			{ "x-amz-target": "secretsmanager.GetSecretValue" },
		),
	);
	const { username, password } = master.parse(JSON.parse(SecretString));
	return `postgresql://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${outputs.address}:${outputs.port}/${outputs.dbName}`;
}

async function post(
	path: string,
	body: unknown,
	headers: Record<string, string>,
): Promise<unknown> {
	const { port, accessKeyId, token } = loadOrCreateEndpoint();
	const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
		method: "POST",
		headers: {
			"content-type": "application/x-amz-json-1.1",
			"x-laptop-token": token,
			authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/laptop`,
			...headers,
		},
		body: JSON.stringify(body),
		signal: AbortSignal.timeout(10_000),
	});
	if (!answer.ok)
		throw new Error(
			`the laptop cloud answered ${answer.status} to ${path}: ${await answer.text()}`,
		);
	return answer.json();
}
