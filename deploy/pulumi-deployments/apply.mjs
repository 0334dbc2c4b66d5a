// node deploy/pulumi-deployments/apply.mjs ORGANISATION STACK [--print]: makes STACK.json the whole of the stack's deployment
// settings; --print shows what would be sent and sends nothing. PULUMI_ACCESS_TOKEN is the only secret, and stays here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fillSettings } from "./fill.mjs";

const { env } = process;
const [organisation, stack, flag] = process.argv.slice(2);

try {
	if (![organisation, stack].every((name) => /^[\w.-]+$/.test(name ?? ""))) {
		throw new Error("usage: apply.mjs ORGANISATION STACK [--print]");
	}
	const file = join(import.meta.dirname, `${stack}.json`);
	const settings = fillSettings(JSON.parse(readFileSync(file, "utf8")), env);
	if (flag === "--print") {
		console.log(JSON.stringify(settings, undefined, 2));
	} else {
		await send(settings);
		console.error(`the deployment settings of ${stack} are those of ${file}`);
	}
} catch (error) {
	console.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
}

async function send(settings) {
	if (!env.PULUMI_ACCESS_TOKEN) {
		throw new Error(
			"expected PULUMI_ACCESS_TOKEN in the environment, got none",
		);
	}
	const api = env.PULUMI_API ?? "https://api.pulumi.com";
	const answer = await fetch(
		`${api}/api/stacks/${organisation}/trusted-login/${stack}/deployments/settings`,
		{
			method: "PUT",
			headers: {
				accept: "application/vnd.pulumi+8",
				authorization: `token ${env.PULUMI_ACCESS_TOKEN}`,
				"content-type": "application/json",
			},
			body: JSON.stringify(settings),
			signal: AbortSignal.timeout(30_000),
		},
	);
	if (!answer.ok) {
		throw new Error(
			`expected Pulumi Cloud to take the settings, got ${answer.status}: ${(await answer.text()).slice(0, 300)}; nothing was changed`,
		);
	}
}
