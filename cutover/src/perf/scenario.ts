import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { reasonOf, UsageError } from "../errors.ts";
import { statistics, usualThreshold } from "./baseline.ts";

const judgedSchema = z.strictObject({
	/** What must surely be within the threshold for a comparison to pass. Default: the scenario's. */
	decide: z.array(z.enum(statistics)).optional(),
	/** Share by which it may get worse. Default: the scenario's. */
	threshold: z.number().positive().optional(),
	/** Answers measured one after the other before it is the other side's turn. Default: 15. */
	perBlock: z.int().min(1).max(1_000).default(15),
});

const endpointSchema = judgedSchema.extend({
	name: z.string().min(1),
	path: z.string().startsWith("/"),
	method: z.enum(["GET", "POST"]).default("GET"),
	/** Body, sent as JSON. */
	json: z.unknown().optional(),
	/** Sent with the token of the account. Default: false. */
	signedIn: z.boolean().default(false),
});

const querySchema = judgedSchema.extend({
	name: z.string().min(1),
	/** Statements for one purpose; the first that a database understands is taken, since the two have other tables. */
	sql: z.array(z.string().min(1)).min(1),
});

/** What is measured, in which order, and what of it decides. */
export const scenarioSchema = z.strictObject({
	/** Share by which a metric may get worse. Default: 0.2. */
	threshold: z.number().positive().default(usualThreshold),
	/** What must surely be within the threshold for a comparison to pass, and fails it when surely beyond. Default: p50. */
	decide: z.array(z.enum(statistics)).default(["p50"]),
	/**
	 * What fails a comparison when it is surely beyond the threshold, and is otherwise only reported: tails scatter too much
	 * to be surely within 20 % after half a minute. Default: p95.
	 */
	alarm: z.array(z.enum(statistics)).default(["p95"]),
	/** Most answers that may be errors, as a share. Default: 0.01. */
	errorShare: z.number().min(0).max(1).default(0.01),
	/** Asked once on each new connection before anything is measured. Default: /health. */
	openingPath: z.string().startsWith("/").default("/health"),
	signIn: z
		.strictObject({
			path: z.string().startsWith("/"),
			account: z.strictObject({ email: z.string(), password: z.string() }),
		})
		.optional(),
	endpoints: z.array(endpointSchema).default([]),
	queries: z.array(querySchema).default([]),
	/** Tables whose rows make out the data set; of each list the first that is there. */
	dataSet: z.record(z.string(), z.array(z.string()).min(1)).default({}),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type Endpoint = Scenario["endpoints"][number];
export type QueryProbe = Scenario["queries"][number];

const account = { email: "test@example.com", password: "testpassword" };

/** Trusted Login's; nothing in it changes data, but for the time of the last sign-in. */
export const usualScenario: Scenario = scenarioSchema.parse({
	signIn: { path: "/api/v1/auth/login", account },
	endpoints: [
		{ name: "health", path: "/health" },
		{
			name: "sign-in",
			path: "/api/v1/auth/login",
			method: "POST",
			json: account,
			// Hashing a password is slow on purpose; one answer a turn tells enough.
			perBlock: 1,
		},
		{
			name: "workflows",
			path: "/api/v1/workflows?limit=100",
			signedIn: true,
		},
		{
			name: "screenshot",
			path: "/api/v1/desktop/screenshot",
			method: "POST",
			json: { region: "full" },
			signedIn: true,
		},
	],
	queries: [
		{
			name: "query: 100 workflows",
			sql: ["SELECT * FROM public.workflows ORDER BY id DESC LIMIT 100"],
		},
		{
			name: "query: user by e-mail",
			sql: [
				"SELECT u.*, p.* FROM auth.users u JOIN public.profiles p ON p.id = u.id WHERE u.email = 'test@example.com'",
				"SELECT * FROM public.legacy_users WHERE email = 'test@example.com'",
			],
		},
		{
			name: "query: steps of workflows",
			sql: [
				"SELECT w.id, count(s.id) FROM public.workflows w LEFT JOIN public.workflow_steps s ON s.workflow_id = w.id WHERE w.id <= 100 GROUP BY w.id",
			],
		},
	],
	dataSet: {
		users: ["auth.users", "public.legacy_users"],
		workflows: ["public.workflows"],
		steps: ["public.workflow_steps"],
	},
});

/**
 * The scenario of a YAML or JSON file, or the usual one.
 *
 * @throws UsageError that names the file and everything in it that does not fit.
 */
export async function loadScenario(
	file: string | undefined,
): Promise<Scenario> {
	if (file === undefined) return usualScenario;
	let value: unknown;
	try {
		value = parse(await readFile(file, "utf8"));
	} catch (error) {
		throw new UsageError(`--scenario: ${file}: ${reasonOf(error)}`);
	}
	const parsed = scenarioSchema.safeParse(value);
	if (!parsed.success) {
		throw new UsageError(
			`--scenario: ${file} does not fit:\n${z.prettifyError(parsed.error)}`,
		);
	}
	const names = probesOf(parsed.data).map(({ name }) => name);
	const twice = names.find((name, at) => names.indexOf(name) !== at);
	if (names.length === 0 || twice !== undefined) {
		throw new UsageError(
			`--scenario: ${file}: ${twice === undefined ? "expected at least one endpoint or query, got none" : `expected each name once, got "${twice}" twice`}`,
		);
	}
	return parsed.data;
}

/** Endpoints and queries alike. */
export function probesOf(
	scenario: Scenario,
): readonly (Endpoint | QueryProbe)[] {
	return [...scenario.endpoints, ...scenario.queries];
}

/** sha256 of what is asked and how often; what decides and the account do not change what is measured. */
export function scenarioDigest(scenario: Scenario): string {
	const asked = {
		endpoints: scenario.endpoints.map(
			({ name, path, method, signedIn, perBlock }) => [
				name,
				path,
				method,
				signedIn,
				perBlock,
			],
		),
		queries: scenario.queries.map(({ name, perBlock }) => [name, perBlock]),
	};
	return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}
