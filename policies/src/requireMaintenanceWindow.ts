import type { ResourceValidationPolicy } from "@pulumi/policy";
import { defineGateRule, type StackGates, stackGate } from "./gate.ts";

/**
 * A cutover or a release begins inside its maintenance window: everybody told in time, the very window approved, and a way
 * back named. The rollback that a GO authorised waits for none.
 * @param gates where the window is judged.
 */
export function requireMaintenanceWindow(
	gates: StackGates = stackGate,
): ResourceValidationPolicy {
	return defineGateRule(
		{
			name: "require-maintenance-window",
			description:
				"A cutover or a release begins in its maintenance window, announced and approved.",
			defaults: {},
			schema: {},
			find: ({ stack, answer }) => {
				if (answer === undefined || answer.isAdmitted) return [];
				return answer.window.problems.map((line) => ({
					expected: `an open maintenance window of ${stack}`,
					actual: `none: ${line}`,
					fix: "wait for the next one, or have golive.yaml changed and signed off",
				}));
			},
		},
		gates,
	);
}
