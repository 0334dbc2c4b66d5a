import { z } from "zod";

const list = z
	.string()
	.transform((text) => text.split(",").map((part) => part.trim()))
	.pipe(z.array(z.string().min(1)));

/** Options of `job run`. */
export const jobSchema = z.object({
	cluster: z.string(),
	taskDefinition: z.string(),
	subnets: list,
	securityGroups: list,
	logGroup: z.string(),
	timeoutSeconds: z.coerce.number().positive().default(3_600),
});

export type JobSettings = z.infer<typeof jobSchema>;
