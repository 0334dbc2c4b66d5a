import type { Scenario } from "../scenario.ts";
import { execution } from "./execution.ts";
import { login } from "./login.ts";
import { management } from "./management.ts";
import { profile } from "./profile.ts";
import { registration } from "./registration.ts";
import { responsiveDesign } from "./responsive-design.ts";
import { workflowCreation } from "./workflow-creation.ts";

/** What every system is accepted by, in the order of the report. */
export const usualScenarios: readonly Scenario[] = [
	registration,
	login,
	workflowCreation,
	execution,
	management,
	profile,
	responsiveDesign,
];
