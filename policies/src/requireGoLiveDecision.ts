import type { ResourceValidationPolicy } from "@pulumi/policy";
import { defineGateRule, type StackGates, stackGate } from "./gate.ts";

/**
 * No update begins without GO, or without being the rollback that a GO authorised.
 * @param gates where the decision comes from.
 */
export function requireGoLiveDecision(
	gates: StackGates = stackGate,
): ResourceValidationPolicy {
	return defineGateRule(
		{
			name: "require-go-live-decision",
			description:
				"An update begins when the go-live criteria are met by fresh, signed evidence for this very release.",
			defaults: {},
			schema: {},
			find: ({ stack, gate, release, problems, answer }) => {
				if (problems.length === 0) return [];
				// What the window lacks is another rule's to say.
				const own = answer
					? problems.filter((line) => !answer.window.problems.includes(line))
					: problems;
				const hint = `run: cutover decide --stack ${stack} --gate ${gate}`;
				return own.map((line) => ({
					expected: `GO for gate ${gate}, release ${release ?? "(none named)"}`,
					actual: `NO-GO: ${line}`,
					fix: hint,
				}));
			},
		},
		gates,
	);
}
