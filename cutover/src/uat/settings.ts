import { z } from "zod";
import { databaseUrl } from "../databaseUrl.ts";
import { reportAddress } from "../reports/address.ts";

const httpUrl = z
	.url({ protocol: /^https?$/, error: "expected http://... or https://..." })
	.transform((text) => text.replace(/\/$/, ""));

/** Options of `uat`. */
export const uatSchema = z.object({
	/** Where the frontend answers. */
	baseUrl: httpUrl,
	/** Where the API answers, with its version, for example `https://api.trusted-login.com/api/v2`. Default: what the login page asks. */
	apiUrl: httpUrl.optional(),
	/** Removes the registered account from there. */
	database: databaseUrl.optional(),
	/** YAML file with what differs from the defaults. */
	uat: z.string().optional(),
	/** Chromium or Chrome. */
	browser: z.string().optional(),
	/** Names of the only scenarios to run; the others are "not run" and still count. */
	only: z
		.string()
		.transform((text) =>
			text
				.split(",")
				.map((name) => name.trim())
				.filter((name) => name !== ""),
		)
		.optional(),
	/** Scenarios at the same time. */
	parallel: z.coerce.number().int().min(1).max(16).default(3),
	reportDir: reportAddress,
	/** Certificate authority of the application, a PEM file. */
	caFile: z.string().optional(),
	/** Password of the account; by environment only. */
	password: z.string().optional(),
});

export type UatSettings = z.infer<typeof uatSchema>;
