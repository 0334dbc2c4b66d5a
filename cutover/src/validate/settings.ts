import { z } from "zod";
import { databaseUrl } from "../databaseUrl.ts";
import { reportAddress } from "../reports/address.ts";

/** Options of `validate`. */
export const validateSchema = z.object({
	source: databaseUrl,
	target: databaseUrl,
	/** Folder or s3://bucket/prefix for the report. */
	reportDir: reportAddress,
	/** Address of the running application; canary accounts sign in there. Default: checked against the stored hash. */
	baseUrl: z.url().optional(),
	/** JSON list of {email, password}. */
	canaries: z.string().optional(),
	/** File with the same list, readable by its owner only. */
	canariesFile: z.string().optional(),
	/** Share of the rows to compare one by one, in percent; 0 for none. */
	rows: z
		.string()
		.regex(
			/^(all|none|[1-9]\d?%|100%)$/,
			"expected all, none or a share such as 10%",
		)
		.default("all")
		.transform((text) =>
			text === "all" ? 100 : text === "none" ? 0 : Number.parseInt(text, 10),
		),
	/** Certificate authority of the application, a PEM file. */
	caFile: z.string().optional(),
});

export type ValidateSettings = z.infer<typeof validateSchema>;
