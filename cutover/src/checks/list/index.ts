import type { CheckSpec } from "../check.ts";
import type { Phase, Plan } from "../plan.ts";
import { registration, secondSignIn, signIn } from "./accounts.ts";
import { versionChecks } from "./apiVersions.ts";
import { databaseAnswers, dataChecks } from "./dataIntegrity.ts";
import { endpoints } from "./endpoints.ts";
import {
	desktopService,
	frontend,
	redis,
	supabaseDatabase,
	supabaseService,
} from "./integration.ts";
import { baselineGiven, performanceChecks } from "./performance.ts";
import {
	forgedToken,
	headerChecks,
	https,
	withoutToken,
	wrongPassword,
} from "./security.ts";
import { upload } from "./upload.ts";
import { foreignFile, foreignWorkflow, workflow } from "./workflows.ts";

/** What a phase looks at, in the order in which it is done: what others build on comes first. */
export function buildChecks(phase: Phase, plan: Plan): readonly CheckSpec[] {
	const own = plan[phase];
	const isAfter = phase === "after";
	return [
		databaseAnswers,
		...endpoints(own, "open"),
		signIn,
		...(plan.accounts.other === undefined ? [] : [secondSignIn]),
		...endpoints(own, "behind a login"),
		registration,
		workflow,
		upload,
		...dataChecks(own),
		...performanceChecks(phase, plan, own),
		...(isAfter ? [baselineGiven] : []),
		...(own.https === "off" ? [] : [https]),
		...(isAfter ? headerChecks(plan) : []),
		withoutToken,
		forgedToken,
		wrongPassword,
		foreignWorkflow,
		foreignFile,
		...(isAfter
			? [...versionChecks(plan, own), supabaseDatabase, supabaseService]
			: []),
		frontend,
		desktopService,
		redis,
	];
}
