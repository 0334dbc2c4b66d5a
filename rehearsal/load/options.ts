import * as z from "zod";

/** What the load generator is told; travels in a file of its own (0600), because it holds passwords. */
export const loadOptions = z.strictObject({
	/** Where the load balancer listens: every request goes to this address, whatever its host name. */
	address: z.strictObject({ host: z.string(), port: z.int() }),
	frontendHost: z.string(),
	apiHost: z.string(),
	/** PEM file that the load balancer's certificate is verified with. */
	caFile: z.string(),
	ratePerSecond: z.number().positive(),
	accounts: z
		.array(z.strictObject({ email: z.string(), password: z.string() }))
		.min(1),
	/** Acknowledged writes are appended here, one JSON document a line. */
	ledgerFile: z.string(),
	/** The report so far, rewritten every second. */
	reportFile: z.string(),
});

export type LoadOptions = z.infer<typeof loadOptions>;
export type Account = LoadOptions["accounts"][number];
