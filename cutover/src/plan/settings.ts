import {
	gateName,
	releaseName,
	sha256Hex,
	stackName,
} from "@trusted-login/golive";
import { z } from "zod";

const minutes = z.coerce
	.number()
	.positive()
	.max(24 * 60);

/** Everything that speaks of a plan. Images and program are those that the engine takes: nobody can name others here. */
const planShape = {
	stack: stackName,
	/** Top of the program: Pulumi.yaml, the stack files, golive.yaml. */
	program: z.string().default("."),
	policyPack: z.string().optional(),
	policyPackConfig: z.string().optional(),
	previewMinutes: minutes.default(15),
	reportDir: z.string().default("reports"),
	release: releaseName.optional(),
	gate: gateName.optional(),
	evidence: z.string().optional(),
	trust: z.string().optional(),
	trustSha256: sha256Hex.optional(),
};

export const planSchema = z.object(planShape);

export const upSchema = z.object({
	...planShape,
	planHash: sha256Hex.optional(),
	dryRun: z.boolean().default(false),
	yes: z.boolean().default(false),
	updateMinutes: minutes.default(120),
});

export const destroySchema = z.object({
	...upSchema.shape,
	withData: z.boolean().default(false),
});

export type PlanSettings = z.infer<typeof planSchema>;
export type UpSettings = z.infer<typeof upSchema>;
export type DestroySettings = z.infer<typeof destroySchema>;
