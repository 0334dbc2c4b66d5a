import { z } from "zod";
import { databaseUrl } from "../databaseUrl.ts";
import { reportAddress } from "../reports/address.ts";

/** What both verbs need. */
const measuringSchema = z.object({
	/** Folder for figures, samples, report and pictures. */
	reportDir: reportAddress,
	/** YAML or JSON file of what is measured. Default: Trusted Login's endpoints and queries. */
	scenario: z.string().optional(),
	/** JSON list of {email, password}; the first signs in. */
	canaries: z.string().optional(),
	canariesFile: z.string().optional(),
	caFile: z.string().optional(),
	/** Connections that send at the same time. One measures what an answer takes; more also how well they share. */
	connections: z.coerce.number().int().min(1).max(1_000).default(1),
	warmUpSeconds: z.coerce.number().min(0).max(600).default(3),
	/** Longest time for the rounds, after which an undecided comparison stays undecided. */
	maxSeconds: z.coerce.number().min(1).max(3_600).default(40),
	/** Longest time for one answer. */
	timeoutSeconds: z.coerce.number().int().min(1).max(600).default(10),
});

export type MeasuringSettings = z.infer<typeof measuringSchema>;

/** Options of `perf baseline`. */
export const baselineSettingsSchema = measuringSchema.extend({
	baseUrl: z.url(),
	database: databaseUrl.optional(),
	/** Rounds of every endpoint and query. */
	rounds: z.coerce.number().int().min(1).max(1_000).default(20),
});

export type BaselineSettings = z.infer<typeof baselineSettingsSchema>;

/** Options of `perf compare`: each side is a file or a running system. */
export const compareSettingsSchema = measuringSchema
	.extend({
		before: z.string().optional(),
		after: z.string().optional(),
		beforeUrl: z.url().optional(),
		afterUrl: z.url().optional(),
		beforeDatabase: databaseUrl.optional(),
		afterDatabase: databaseUrl.optional(),
	})
	.superRefine((settings, context) => {
		const wrong = (path: string, message: string) =>
			context.addIssue({ code: "custom", path: [path], message });
		for (const [file, url] of [
			["before", "beforeUrl"],
			["after", "afterUrl"],
		] as const) {
			if ((settings[file] === undefined) === (settings[url] === undefined)) {
				wrong(
					file,
					`expected either a baseline file or the address of a running system with --${url === "beforeUrl" ? "before" : "after"}-url, got ${settings[file] === undefined ? "neither" : "both"}`,
				);
			}
		}
		if (settings.beforeUrl !== undefined && settings.afterUrl === undefined) {
			wrong(
				"beforeUrl",
				"expected --after-url with it: a running system cannot be older than a file; measure it with cutover perf baseline",
			);
		}
		if (
			settings.beforeUrl !== undefined &&
			(settings.beforeDatabase === undefined) !==
				(settings.afterDatabase === undefined)
		) {
			wrong(
				"beforeDatabase",
				"expected both databases or none: --before-database and --after-database",
			);
		}
	});

export type CompareSettings = z.infer<typeof compareSettingsSchema>;
