import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type HttpAnswer, request } from "../adapters/http.ts";
import { withSession } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { databaseUrl } from "../databaseUrl.ts";
import { reasonOf } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { runCheck } from "../validate/check.ts";

/** Options of the smoke check. */
export const smokeSchema = z.object({
	/** Where the release answers, for example a test listener. */
	smokeUrl: z.url(),
	/** Host that is asked for. Default: the host of the URL. */
	smokeHost: z.string().optional(),
	smokeKind: z.enum(["frontend", "backend"]),
	caFile: z.string().optional(),
	/** Asked whether it answers. Default: not asked. */
	database: databaseUrl.optional(),
	tries: z.coerce.number().int().min(1).default(10),
	/** Pause between two tries. Default: 1 on the laptop, else 10. */
	tryEverySeconds: z.coerce.number().min(0).optional(),
});

export type SmokeSettings = z.infer<typeof smokeSchema>;

interface Probe {
	readonly name: string;
	readonly path: string;
	readonly json?: unknown;
	readonly expected: string;
	/** What is wrong with the answer, or undefined. */
	judge(answer: HttpAnswer): string | undefined;
}

const health: Probe = {
	name: "health",
	path: "/health",
	expected: "200",
	judge: ({ status, body }) =>
		status === 200 ? undefined : `${status} ${body.slice(0, 200)}`,
};

/** What is asked of each kind of application; nothing here changes data. */
export const probes: Readonly<
	Record<SmokeSettings["smokeKind"], readonly Probe[]>
> = {
	frontend: [
		health,
		{
			name: "sign-in page",
			path: "/login",
			expected: "200 with a page",
			judge: ({ status, body }) =>
				status === 200 && /<html/i.test(body)
					? undefined
					: `${status}${status === 200 ? " without a page" : ""}`,
		},
	],
	backend: [
		health,
		{
			name: "API docs",
			path: "/api/docs",
			expected: "200",
			judge: ({ status }) => (status === 200 ? undefined : `${status}`),
		},
		{
			name: "sign-in refused",
			path: "/api/v1/auth/login",
			// Nobody: the answer shows that the API reaches its database and does not let everyone in.
			json: { email: "nobody@smoke.invalid", password: "not a password" },
			expected: "401",
			judge: ({ status }) => (status === 401 ? undefined : `${status}`),
		},
	],
};

/** Asks a release whether it works, several times until all answers are right at once. */
export async function smoke(
	settings: SmokeSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const pause =
		settings.tryEverySeconds ??
		((process.env.AWS_ENDPOINT_URL ?? "") === "" ? 10 : 1);
	let checks: readonly Check[] = [];
	for (let attempt = 1; attempt <= settings.tries; attempt += 1) {
		signal.throwIfAborted();
		checks = await Promise.all([
			...probes[settings.smokeKind].map((probe) => ask(probe, settings)),
			...(settings.database === undefined
				? []
				: [askDatabase(settings.database)]),
		]);
		if (combineOutcomes(checks) === "passed") break;
		const wrong = checks.filter((check) => check.outcome !== "passed");
		talk.say(
			`try ${attempt} of ${settings.tries}: ${wrong.map((check) => `${check.name} ${check.actual}`).join(", ")}`,
		);
		if (attempt < settings.tries)
			await sleep(pause * 1000, undefined, { signal });
	}
	const outcome = combineOutcomes(checks);
	return {
		outcome,
		checks,
		next:
			outcome === "passed"
				? `The ${settings.smokeKind} at ${settings.smokeUrl} works`
				: `The ${settings.smokeKind} at ${settings.smokeUrl} does not work after ${settings.tries} tries`,
	};
}

async function askDatabase(url: string): Promise<Check> {
	return await runCheck("database", async () => {
		const options = {
			what: "database",
			readOnly: true,
			applicationName: "cutover check",
		};
		await withSession(url, options, (session) => session.query("SELECT 1"));
		return { outcome: "passed", expected: "an answer", actual: "an answer" };
	});
}

async function ask(probe: Probe, settings: SmokeSettings): Promise<Check> {
	const startedAt = performance.now();
	let problem: string | undefined;
	try {
		problem = probe.judge(
			await request({
				url: new URL(probe.path, settings.smokeUrl).href,
				...(settings.smokeHost !== undefined && { host: settings.smokeHost }),
				...(settings.caFile !== undefined && { caFile: settings.caFile }),
				...(probe.json !== undefined && { method: "POST", json: probe.json }),
			}),
		);
	} catch (error) {
		problem = reasonOf(error);
	}
	return {
		name: probe.name,
		outcome: problem === undefined ? "passed" : "failed",
		expected: `${probe.path}: ${probe.expected}`,
		actual: problem ?? probe.expected,
		seconds: (performance.now() - startedAt) / 1000,
	};
}
