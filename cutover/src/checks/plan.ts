import { z } from "zod";
import { categories } from "./check.ts";
import {
	currentDefaults,
	legacyDefaults,
	type PhaseDefaults,
} from "./trustedLogin.ts";

const path = z.string().regex(/^\//, "expected a path that begins with /");
const method = z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const milliseconds = z.number().positive();
const variable = z
	.string()
	.regex(/^[A-Z_][A-Z0-9_]*$/, "expected the name of an environment variable");

const endpoint = z.strictObject({
	method: method.default("GET"),
	path,
	/** Body of the request. */
	json: z.unknown().optional(),
	/** Whether it is called with the test account's token. Default: true. */
	login: z.boolean().default(true),
	/** The status has to be below this. Default: the phase's. */
	below: z.number().int().min(200).max(600).optional(),
});

/** One endpoint that has to answer. */
export type Endpoint = z.infer<typeof endpoint>;

const account = z.strictObject({
	email: z.string().min(3),
	/** Environment variable that holds the password. */
	passwordEnv: variable,
	/** Password of an account that is no secret, used when the variable is empty. Never for an account of a person. */
	publicPassword: z.string().optional(),
});

export type CheckAccount = z.infer<typeof account>;

/** SQL that removes what the checks made; `$1` is the id, or the address of a user. */
const removal = z.strictObject({
	user: z.string(),
	workflow: z.string(),
	file: z.string(),
	/** Lists as `what` the addresses that an earlier run left, and was killed before it could remove them. */
	leftUsers: z.string(),
	/** The same of files, their ids. */
	leftFiles: z.string(),
});

const phase = (defaults: PhaseDefaults) =>
	z
		.strictObject({
			/** Version of the API that is used for signing in, workflows and files. */
			api: path.default(defaults.api),
			/** Status that no endpoint may reach. */
			below: z.number().int().default(defaults.below),
			endpoints: z
				.array(endpoint)
				.default(defaults.endpoints.map((one) => endpoint.parse(one))),
			/** Tables that have to exist; without a schema they are looked for on the search path. */
			tables: z.array(z.string()).default([...defaults.tables]),
			/** Table → column → type, as `format_type` writes it; `varchar` stands for any length. */
			columns: z
				.record(z.string(), z.record(z.string(), z.string()))
				.default(defaults.columns),
			/** What must not be empty: name → table. */
			filled: z.record(z.string(), z.string()).default(defaults.filled),
			/** Name → SQL whose column `what` lists the rows without owner. */
			orphans: z.record(z.string(), z.string()).default(defaults.orphans),
			/** Table of the users: an account is registered only when it can be removed from there again. */
			users: z.string().default(defaults.users),
			removal: removal.default(defaults.removal),
			/** HTTPS: wanted always; wanted except on the loopback (auto); not looked at. */
			https: z.enum(["required", "auto", "off"]).default(defaults.https),
		})
		.prefault({});

/** Everything a team may decide about the checks. The defaults are those of Trusted Login. */
export const planSchema = z.strictObject({
	/** Categories that are looked at. What they need besides is done as well. */
	categories: z.array(z.string()).default([...categories]),
	/** Names of checks that are left out; they stay visible as not run. */
	skip: z.array(z.string()).default([]),
	accounts: z
		.strictObject({
			user: account.prefault({
				email: "test@example.com",
				passwordEnv: "CUTOVER_CHECK_PASSWORD",
				publicPassword: "testpassword",
			}),
			/** Tries to reach what belongs to the first. Default: the account that was registered for this. */
			other: account.optional(),
		})
		.prefault({}),
	/** Paths below the API's version. */
	routes: z
		.strictObject({
			login: path.default("/auth/login"),
			register: path.default("/auth/register"),
			workflows: path.default("/workflows"),
			upload: path.default("/files/upload"),
			files: path.default("/files"),
		})
		.prefault({}),
	workflow: z
		.strictObject({
			status: z.number().int().default(201),
			steps: z.array(z.record(z.string(), z.unknown())).default([
				{ type: "screenshot", config: { region: "full" } },
				{ type: "wait", config: { seconds: 1 } },
			]),
		})
		.prefault({}),
	upload: z
		.strictObject({
			status: z.number().int().default(200),
			bytes: z.number().int().min(1).max(50_000_000).default(100_000),
		})
		.prefault({}),
	performance: z
		.strictObject({
			/** Name of what is measured → path; `{api}/...` is the phase's version and called with a login. */
			answers: z
				.record(
					z.string(),
					z.string().regex(/^(\/|\{api\}\/)/, "expected /path or {api}/path"),
				)
				.default({
					health: "/health",
					workflows: "{api}/workflows",
				}),
			samples: z.number().int().min(5).max(1000).default(30),
			answerBelowMs: milliseconds.default(2_000),
			/** How much slower than the baseline is still good. */
			changePercent: z.number().positive().default(20),
			/** A difference up to this is no difference, whatever its share: small answers jitter. */
			noiseMs: z.number().min(0).default(5),
			/** Query of 100 workflows. */
			query: z
				.string()
				.default("SELECT * FROM public.workflows ORDER BY id LIMIT 100"),
			queryBelowMs: milliseconds.default(1_000),
		})
		.prefault({}),
	security: z
		.strictObject({
			/** Header → exact value, on every answer. */
			headers: z.record(z.string(), z.string()).default({
				"X-Content-Type-Options": "nosniff",
				"X-Frame-Options": "DENY",
				"X-XSS-Protection": "1; mode=block",
			}),
			/** Days that the certificate has to be good for. */
			certificateDays: z.number().int().min(0).default(14),
			/** Endpoints below the API's version that need a login. */
			refused: z
				.array(z.strictObject({ method: method.default("GET"), path }))
				.default([
					{ method: "GET", path: "/workflows" },
					{ method: "POST", path: "/workflows" },
					{ method: "GET", path: "/desktop/screenshot" },
					{ method: "POST", path: "/files/upload" },
				]),
		})
		.prefault({}),
	/** The deprecated version beside its successor; looked at after the migration. `false`: there is one version only. */
	versions: z
		.union([
			z.literal(false),
			z.strictObject({
				old: path.default("/api/v1"),
				current: path.default("/api/v2"),
				/** Target of the Link header. */
				link: z.string().default("/api/v2"),
				/** Paths below the old version whose answers are looked at, with and without a login. */
				paths: z
					.array(path)
					.default(["/workflows", "/profile", "/no-such-path"]),
				/** Lists that both versions have to answer with the same content. */
				same: z.array(path).default(["/workflows"]),
			}),
		])
		.prefault({}),
	/** External parts. What is not named here is not required. */
	integration: z
		.strictObject({
			supabase: z
				.strictObject({ url: z.url(), keyEnv: variable.optional() })
				.optional(),
			desktop: z
				.strictObject({ url: z.url(), path: path.default("/health") })
				.optional(),
			redis: z
				.strictObject({
					url: z
						.string()
						.regex(
							/^rediss?:\/\/[^@/]+(\/\d+)?$/,
							"expected redis://host:port",
						),
					passwordEnv: variable.optional(),
				})
				.optional(),
		})
		.prefault({}),
	limits: z
		.strictObject({
			requestSeconds: z.number().positive().default(10),
			/** Longest time of one check; measurements have their own. */
			checkSeconds: z.number().positive().default(120),
		})
		.prefault({}),
	before: phase(legacyDefaults),
	after: phase(currentDefaults),
});

/** The checks of both phases as a team wants them. */
export type Plan = z.infer<typeof planSchema>;
export type PhasePlan = Plan["before"];
export type Phase = "before" | "after";
