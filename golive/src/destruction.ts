import { createHash } from "node:crypto";
import type { Question } from "./decide.ts";
import { clockToleranceMs, msOf } from "./durations.ts";
import { type Asked, type Finding, findEvidence } from "./findings.ts";
import { clockProblem, openRecords } from "./records.ts";
import { findDestructionWaiver, type Waived } from "./waivers.ts";

/** A resource that holds data and that a plan would take away. */
export interface Destroyed {
	/** A replacement takes the old one away as well, once the new one is there. */
	readonly operation: "replace" | "delete";
	readonly urn: string;
}

/** One of them, and who answers for it. */
export interface DestroyedState extends Destroyed {
	/** What a waiver has to name. */
	readonly item: string;
	readonly waived?: Waived | undefined;
}

/** Whether data may be taken away. */
export interface DestructionAnswer {
	readonly isAllowed: boolean;
	/** What is missing, one line each; empty when it is allowed. */
	readonly problems: readonly string[];
	readonly destroyed: readonly DestroyedState[];
	/** The restore drill; undefined where nothing is to be taken away. */
	readonly drill?: Finding | undefined;
}

/**
 * Whether resources with data may be replaced or deleted: each needs a waiver of its own by a decision maker, for this very
 * operation, stack, release, gate and program; and all of them a restore drill of this stack that is fresh, so that what goes
 * is known to come back.
 */
export function judgeDestruction(
	{ checklist, trust, records, context, nowMs }: Question,
	list: readonly Destroyed[],
): DestructionAnswer {
	if (list.length === 0) {
		return { isAllowed: true, problems: [], destroyed: [] };
	}
	const opened = openRecords(records, trust);
	const asked: Asked = { ...context, checklist, opened, nowMs };
	const destroyed = list.map((one): DestroyedState => {
		const item = destructionItem(one);
		const waived = findDestructionWaiver(asked, item, context.stack);
		return { ...one, item, waived };
	});
	const drill = findEvidence(asked, "backup-drill", context.stack);
	const clock = clockProblem(opened, nowMs);
	const problems = [
		...(clock === undefined ? [] : [clock]),
		...destroyed
			.filter(({ waived }) => waived === undefined)
			.map(({ item, urn }) => missingWaiver(item, urn, context)),
		...drillProblems(drill, checklist.destruction.drillWithin, nowMs),
	];
	return { isAllowed: problems.length === 0, problems, destroyed, drill };
}

/**
 * What a waiver names: operation, type with its parents', and name. A name too long for a record is shortened to its hash.
 * It holds `$`, so that a shell needs it in single quotes.
 */
export function destructionItem({ operation, urn }: Destroyed): string {
	const [, , type = "", ...name] = urn.slice("urn:pulumi:".length).split("::");
	const text = `${operation}:${type}::${name.join("::")}`;
	return text.length <= 200 && name.length > 0
		? text
		: `${operation}:sha256-${createHash("sha256").update(urn).digest("hex")}`;
}

/** Whether an item names the replacement or deletion of a resource. */
export const isDestructionItem = (item: string): boolean =>
	/^(replace|delete):./.test(item);

/** The command that gives the waiver. */
export function destructionWaiverCommand(
	item: string,
	{
		stack,
		gate,
		release,
	}: Pick<Question["context"], "stack" | "gate" | "release">,
): string {
	return `cutover waive '${item.replaceAll("'", "'\\''")}' --reason "..." --expires-hours 24 --stack ${stack} --gate ${gate} --release ${release}`;
}

function missingWaiver(
	item: string,
	urn: string,
	context: Question["context"],
): string {
	const [verb] = item.split(":");
	return `${verb} of ${urn}: expected a decision maker's waiver for taking away what holds data, got none; run: ${destructionWaiverCommand(item, context)}`;
}

function drillProblems(
	drill: Finding,
	withinMs: number,
	nowMs: number,
): readonly string[] {
	const hint = "run: cutover backup drill";
	if (drill.status !== "PASS" || drill.record === undefined) {
		return [
			`restore drill of ${drill.stack}: expected fresh evidence, got ${drill.status}: ${drill.reason}`,
		];
	}
	const ageMs = nowMs - msOf(drill.record.at);
	// Written so that a time that is none is no fresh one.
	return ageMs >= -clockToleranceMs && ageMs <= withinMs
		? []
		: [
				`restore drill of ${drill.stack}: expected one of the last ${withinMs / 3_600_000} hours, got one of ${drill.record.at}; ${hint}`,
			];
}
