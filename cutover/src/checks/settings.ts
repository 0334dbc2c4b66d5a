import { z } from "zod";
import { databaseUrl } from "../databaseUrl.ts";
import { reportAddress } from "../reports/address.ts";

/** Options of `check before` and `check after`. */
export const checkSchema = z.object({
	/** Where the API answers. */
	baseUrl: z.url({ protocol: /^https?$/, error: "expected http(s)://..." }),
	/** Where the pages are. Default: not looked at. */
	frontendUrl: z
		.url({ protocol: /^https?$/, error: "expected http(s)://..." })
		.optional(),
	/** Default: what needs it is not run. */
	database: databaseUrl.optional(),
	/** Host that the API is asked for, where it differs from the one of the address. */
	host: z.string().optional(),
	/** Certificate authority of the applications, a PEM file. */
	caFile: z.string().optional(),
	/** YAML or JSON file, or the JSON text itself, with what differs from the usual checks. */
	checks: z.string().optional(),
	/** Folder with a team's own checks. */
	checksDir: z.string().optional(),
	/** Only for `after`: the file that `check before` or `perf baseline` wrote. */
	baseline: z.string().optional(),
	reportDir: reportAddress,
});

export type CheckSettings = z.infer<typeof checkSchema>;
