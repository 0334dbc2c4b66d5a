import type { Check } from "../outcome.ts";
import type { KeptReport } from "../reports/keep.ts";
import { writeReport } from "../reports/report.ts";
import type { DestructionJudgement, Judge } from "./admit.ts";
import { planHash } from "./canonical.ts";
import {
	countOperations,
	countsText,
	destroyedResources,
	destroyedText,
} from "./operations.ts";
import type { Preview, Step } from "./preview.ts";

/** A plan, looked at. */
export interface Plan {
	readonly planHash: string;
	readonly operations: Readonly<Record<string, number>>;
	readonly destruction: DestructionJudgement;
	/** The plan itself and what it takes away. */
	readonly checks: readonly Check[];
	readonly facts: Readonly<Record<string, unknown>>;
}

/** Counts, hashes and judges what a preview shows. */
export function lookAt(
	kind: "update" | "destroy",
	stack: string,
	{ steps }: Preview,
	judge: Judge,
	seconds: number,
): Plan {
	const hash = planHash(kind, steps);
	const operations = countOperations(steps);
	const destroyed = destroyedResources(steps, judge.dataTypes);
	const destruction = judge.destruction(destroyed, hash);
	const { problems, destructive } = destruction;
	const changed = steps.filter(({ op }) => op !== "same");
	return {
		planHash: hash,
		operations,
		destruction,
		checks: [
			{
				name: "plan",
				outcome: "passed",
				expected: "a preview without errors",
				actual: `${countsText(operations)}; plan ${hash}`,
				details: changed.slice(0, 20).map(changeText),
				seconds,
			},
			{
				name: "data",
				outcome: problems.length === 0 ? "passed" : "failed",
				expected:
					"nothing with data is replaced or deleted, or each has a waiver and the restore drill is fresh",
				actual:
					destructive.length === 0
						? "nothing with data is taken away"
						: destructive
								.map((one) =>
									one.waivedBy.length > 0
										? `${destroyedText(one)}, waived by ${one.waivedBy.join(" and ")}`
										: destroyedText(one),
								)
								.join("; "),
				details: problems.slice(0, 20),
				seconds: 0,
			},
		],
		facts: {
			stack,
			gate: judge.gate,
			isGated: judge.isGated,
			planHash: hash,
			operations,
			destructive,
			changes: changed.map(changeOf),
		},
	};
}

/** Writes the report of a plan, below a name of its own. */
export async function keepPlan(
	reportDir: string,
	name: string,
	title: string,
	plan: Plan,
	more: readonly Check[] = [],
): Promise<KeptReport> {
	const checks = [...plan.checks, ...more];
	const outcome = checks.every((check) => check.outcome === "passed")
		? "passed"
		: "failed";
	return await writeReport(reportDir, name, {
		title,
		result: { outcome, checks },
		facts: plan.facts,
	});
}

/** What is done to a resource, without any value: values may be secret. */
function changeOf({ op, urn, detailedDiff, replaceReasons }: Step) {
	return {
		operation: op,
		urn,
		properties: Object.keys(detailedDiff ?? {}).sort(),
		replacedBecauseOf: [...(replaceReasons ?? [])].sort(),
	};
}

function changeText(step: Step): string {
	const { operation, urn, properties } = changeOf(step);
	const [, , type = "", ...name] = urn.split("::");
	const own = type.split("$").at(-1);
	const what =
		properties.length === 0 ? "" : `: ${properties.slice(0, 8).join(", ")}`;
	return `${operation} ${own} ${name.join("::")}${what}`;
}
