import {
	type Decision,
	decide,
	judgeWindow,
	renderDecision,
	type Status,
	type WindowAnswer,
} from "@trusted-login/golive";
import { reasonOf } from "../errors.ts";
import { maskSecrets } from "../masking.ts";
import type { Check, Outcome, Result } from "../outcome.ts";
import { keepFiles } from "../reports/keep.ts";
import { loadQuestion } from "./question.ts";
import type { DecideSettings } from "./settings.ts";

/** GO or NO-GO for a stack at a gate; whatever cannot be read is NO-GO. */
export async function runDecide(settings: DecideSettings): Promise<Result> {
	const started = performance.now();
	const seconds = () => (performance.now() - started) / 1000;
	try {
		const question = await loadQuestion(settings);
		const decision = decide(question);
		const window = judgeWindow({ ...question, decision });
		const name = `decide-${decision.stack}-${decision.gate}`;
		const json = `${JSON.stringify(decision, undefined, 2)}\n`;
		// The decision stands without its report.
		const report = await keepFiles(settings.reportDir, [
			{ name: `${name}.md`, content: maskSecrets(renderDecision(decision)) },
			{ name: `${name}.json`, content: maskSecrets(json) },
		]);
		return decisionResult(decision, window, report.text, seconds());
	} catch (error) {
		return undecided(settings, reasonOf(error), seconds());
	}
}

function decisionResult(
	decision: Decision,
	window: WindowAnswer,
	report: string,
	seconds: number,
): Result {
	const { stack, gate, release, rollbackTo } = decision;
	const isGo = decision.decision === "GO";
	const back = rollbackTo
		? `going back to ${rollbackTo.release} is authorised`
		: "no release to go back to is named";
	const glass =
		decision.emergencies.length > 0
			? ` BREAK GLASS: ${decision.emergencies.join("; ")}.`
			: "";
	const when = window.isOpen
		? "The maintenance window is open."
		: `Not now: ${window.problems.join("; ")}.`;
	return {
		outcome: isGo ? "passed" : "failed",
		checks: checksOf(decision, seconds),
		text: renderDecision(decision),
		next: isGo
			? `GO for ${stack}, gate ${gate}, release ${release} (${report}); ${back}.${glass} ${when}`
			: `NO-GO for ${stack}, gate ${gate}, release ${release} (${report}): ${decision.blockers.length} things are missing; nothing was changed.${glass} Ask ${decision.escalation.join(", then ")}`,
		facts: { ...decision, window },
	};
}

function undecided(
	{ stack, gate, release }: DecideSettings,
	reason: string,
	seconds: number,
): Result {
	return {
		outcome: "failed",
		checks: [
			{
				name: "decision",
				outcome: "failed",
				expected: "everything that a decision is made of",
				actual: reason,
				seconds,
			},
		],
		next: `NO-GO for ${stack}, gate ${gate}, release ${release}: it cannot be decided: ${reason}`,
		facts: {
			decision: "NO-GO",
			stack,
			gate,
			release,
			blockers: [reason],
			criteria: [],
		},
	};
}

function checksOf(decision: Decision, seconds: number): readonly Check[] {
	const criteria = decision.criteria.map(
		({ title, id, level, status, met, findings }): Check => ({
			name: `${title} (${id})`,
			outcome: outcomeOf(status, met),
			expected: "PASS",
			actual: status,
			details: findings
				.filter((finding) => finding.status !== "PASS")
				.map(({ proof, reason }) => `${proof}: ${reason}`),
			seconds: 0,
			required: level === "mandatory",
		}),
	);
	const signOffs = decision.signOffs.map(
		({ role, status, met, finding }): Check => ({
			name: `sign-off of ${role}`,
			outcome: outcomeOf(status, met),
			expected: "PASS",
			actual: `${status}: ${finding.reason}`,
			seconds: 0,
		}),
	);
	return [
		{
			name: "decision",
			outcome: decision.decision === "GO" ? "passed" : "failed",
			expected: "GO",
			actual: decision.decision,
			details: decision.blockers.slice(0, 20),
			seconds,
		},
		...criteria,
		...signOffs,
	];
}

function outcomeOf(status: Status, met: boolean): Outcome {
	if (met) return "passed";
	return status === "NOT_RUN" ? "not run" : "failed";
}
