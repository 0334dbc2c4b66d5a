import type { Phase } from "@trusted-login/settings";
import type { Gate } from "./checklist.ts";
import { decide, type Question } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { judgeWindow, type WindowAnswer } from "./judgeWindow.ts";
import { judgeRollback, type RollbackAnswer } from "./rollback.ts";

/** What the question whether an update may begin is made of. */
export interface UpdateQuestion extends Question {
	/** Phase that the update brings the stack to. */
	readonly phase: Phase;
}

/** Whether an update may begin, and what says so. */
export interface UpdateAnswer {
	readonly isAdmitted: boolean;
	/** What is missing, one line each; empty when it is admitted. */
	readonly problems: readonly string[];
	readonly decision: Decision;
	/** Why the decision does not let it through: blockers, and images that nobody could prove. */
	readonly decisionProblems: readonly string[];
	readonly window: WindowAnswer;
	/** Set when it goes through as the rollback that a GO authorised. */
	readonly rollback?: RollbackAnswer;
}

/**
 * The gate that an update has to pass. The data is copied before anybody can validate it, so phase backfill is still the
 * first gate's; what goes live passes `cutover` the first time and `release` from then on, as the stack file says.
 */
export function gateOf(phase: Phase, live: "cutover" | "release"): Gate {
	return phase === "live" ? live : "provision";
}

/**
 * Whether an update may begin now: GO, and for a cutover or a release inside the maintenance window; or the rollback that a GO
 * authorised, which neither gate nor window stops.
 */
export function judgeUpdate(question: UpdateQuestion): UpdateAnswer {
	const { context, phase, checklist } = question;
	const decision = decide(question);
	const window: WindowAnswer =
		context.gate === "provision"
			? { isOpen: true, problems: [] }
			: judgeWindow({ ...question, decision });
	const decisionProblems = [
		...decision.blockers,
		...unnamedImages(checklist.images, question),
	];
	const problems = [...decisionProblems, ...window.problems];
	const found = { decision, decisionProblems, window };
	if (problems.length === 0) return { isAdmitted: true, problems, ...found };
	const { stack, subject } = context;
	const rollback = judgeRollback({ ...question, stack, subject, phase });
	return rollback.isAuthorised
		? { isAdmitted: true, problems: [], ...found, rollback }
		: { isAdmitted: false, problems, ...found };
}

/** Gate `provision` asks for no images, but whatever runs has to be named by what it is. */
function unnamedImages(
	images: readonly string[],
	{ phase, context }: UpdateQuestion,
): readonly string[] {
	if (phase !== "backfill") return [];
	return images
		.filter((name) => context.subject.images[name] === undefined)
		.map(
			(name) =>
				`image ${name}: expected a digest (sha256) in phase ${phase}, got none; name the image by digest in the stack file`,
		);
}
