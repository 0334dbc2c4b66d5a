import { isLoopback } from "../address.ts";
import { type Answer, said } from "../api.ts";
import {
	type CheckSpec,
	failed,
	NotRunError,
	passed,
	without,
} from "../check.ts";
import type { Plan } from "../plan.ts";
import { callAs, type World } from "../world.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** HTTPS answers with a certificate that is good for a while. */
export const https: CheckSpec = {
	name: "HTTPS",
	group: "Security",
	expected: "an answer over TLS, with a certificate that can be trusted",
	async run(world) {
		const { baseUrl } = world.api;
		if (world.own.https === "off")
			throw new NotRunError("not looked at in this phase", { required: false });
		if (baseUrl.protocol !== "https:") {
			if (world.own.https === "auto" && isLoopback(baseUrl.hostname))
				throw new NotRunError(
					`${baseUrl.origin} is this machine: TLS is not wanted there`,
					{ required: false },
				);
			return failed(
				`${baseUrl.origin} is HTTP without TLS; give the https:// address`,
			);
		}
		const { certificateUntil: until } = await callAs(world, "nobody", {
			path: "/health",
		});
		if (until === undefined) return failed("an answer without a certificate");
		const days = Math.floor((until.getTime() - Date.now()) / dayMs);
		const text = `certificate until ${until.toISOString().slice(0, 10)}, ${days} days`;
		return days < world.plan.security.certificateDays
			? failed(
					`${text}; expected ${world.plan.security.certificateDays} or more: renew it`,
				)
			: passed(text);
	},
};

/** One check per header that answers have to carry. */
export function headerChecks(plan: Plan): readonly CheckSpec[] {
	return Object.entries(plan.security.headers).map(
		([header, value]): CheckSpec => ({
			name: `header ${header}`,
			group: "Security",
			expected: `${header}: ${value}`,
			async run(world) {
				const faults = (await usualAnswers(world)).flatMap(
					({ what, answer }) => {
						const found = answer.headers[header.toLowerCase()];
						const shown = Array.isArray(found) ? found.join(", ") : found;
						if (shown === value) return [];
						return [
							shown === undefined
								? `${what} carries no ${header}`
								: `${what} carries ${header}: ${shown}`,
						];
					},
				);
				return without(faults, "on every answer");
			},
		}),
	);
}

interface Named {
	readonly what: string;
	readonly answer: Answer;
}

/** Answers of every kind: a public one, a refusal, an unknown path, the frontend. Errors of a server are left to others. */
async function usualAnswers(world: World): Promise<readonly Named[]> {
	const paths = ["/health", `${world.own.api}/no-such-path`];
	const refused = `${world.own.api}${world.plan.routes.workflows}`;
	const answers: Named[] = [];
	for (const path of [...paths, refused])
		answers.push({
			what: path,
			answer: await callAs(world, "nobody", { path }),
		});
	if (world.frontend !== undefined)
		answers.push({
			what: world.frontend.baseUrl.origin,
			answer: await world.frontend.call({ path: "" }, world.signal),
		});
	return answers.filter(({ answer }) => answer.status < 500);
}

/** Requests without a token are refused. */
export const withoutToken: CheckSpec = {
	name: "requests without a token",
	group: "Security",
	expected: "401 or 403",
	async run(world) {
		return without(await notRefused(world, undefined), "refused");
	},
};

/** Requests with a token that nobody issued are refused. */
export const forgedToken: CheckSpec = {
	name: "requests with a forged token",
	group: "Security",
	expected: "401 or 403",
	async run(world) {
		const part = (value: unknown) =>
			Buffer.from(JSON.stringify(value)).toString("base64url");
		const { email } = world.plan.accounts.user;
		// Signed by nobody, in the name of somebody.
		const forged = `${part({ alg: "none", typ: "JWT" })}.${part({ sub: email, email, role: "authenticated", exp: 4_102_444_800 })}.`;
		return without(await notRefused(world, forged), "refused");
	},
};

async function notRefused(
	world: World,
	token: string | undefined,
): Promise<readonly string[]> {
	const faults: string[] = [];
	for (const { method, path } of world.plan.security.refused) {
		const full = world.own.api + path;
		const answer = await world.api.call(
			{ method, path: full, token, ...(method !== "GET" && { json: {} }) },
			world.signal,
		);
		// An error of the server let nobody in either, and is looked at elsewhere.
		if (![401, 403].includes(answer.status) && answer.status < 500)
			faults.push(`${method} ${full} answers ${answer.status}`);
	}
	return faults;
}

/** A wrong password signs nobody in. */
export const wrongPassword: CheckSpec = {
	name: "sign-in with a wrong password",
	group: "Security",
	expected: "400, 401 or 403, and no token",
	async run(world) {
		const answer = await callAs(world, "nobody", {
			method: "POST",
			path: world.own.api + world.plan.routes.login,
			json: {
				email: world.plan.accounts.user.email,
				password: `not it ${world.mark}`,
			},
		});
		return [400, 401, 403].includes(answer.status) &&
			!answer.body.includes("access_token")
			? passed(`${answer.status}`)
			: failed(said(answer));
	},
};
