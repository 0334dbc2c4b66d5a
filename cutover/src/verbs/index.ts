import { apiUsageVerb } from "./api.ts";
import { jobRun, releaseVerify, releaseWatch } from "./aws.ts";
import { backupVerbs } from "./backup.ts";
import { checkVerbs } from "./check.ts";
import { convertVerb } from "./convert.ts";
import { fenceVerbs, finalSyncVerb } from "./fence.ts";
import { goliveVerbs } from "./golive.ts";
import { inventoryVerb } from "./inventory.ts";
import { doctorVerb, envVerb } from "./laptop.ts";
import { perfBaselineVerb, perfCompareVerb } from "./perf.ts";
import { planVerbs } from "./plan.ts";
import { restoreVerb } from "./restore.ts";
import {
	schemaApply,
	schemaDiffVerb,
	schemaRollbackVerb,
	schemaStatusVerb,
} from "./schema.ts";
import { statusVerb } from "./status.ts";
import { syncVerb } from "./sync.ts";
import { uatVerb } from "./uat.ts";
import { validateVerb } from "./validate.ts";
import type { Verb } from "./verb.ts";

/** Every verb, in the order in which help shows them. */
export const verbs: readonly Verb[] = [
	inventoryVerb,
	schemaApply,
	schemaStatusVerb,
	schemaDiffVerb,
	schemaRollbackVerb,
	convertVerb,
	syncVerb,
	validateVerb,
	...checkVerbs,
	perfBaselineVerb,
	perfCompareVerb,
	apiUsageVerb,
	statusVerb,
	uatVerb,
	...backupVerbs,
	restoreVerb,
	...goliveVerbs,
	...planVerbs,
	...fenceVerbs,
	finalSyncVerb,
	jobRun,
	releaseWatch,
	releaseVerify,
	envVerb,
	doctorVerb,
];
