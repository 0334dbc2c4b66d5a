import type { Gate } from "../checklist.ts";
import { gateOf, judgeUpdate, type UpdateAnswer } from "../judgeUpdate.ts";
import { parseTrust } from "../trust.ts";
import { messageOf, readText } from "./place.ts";
import { type DecidedSettings, readQuestion } from "./question.ts";

/** What a stack's settings say about its gate. */
export interface GatedSettings extends DecidedSettings {
	readonly cloud: "laptop" | "aws";
	readonly gate: {
		readonly mode: "mandatory" | "advisory";
		readonly live: "cutover" | "release";
		readonly release?: string | undefined;
		readonly evidence?: string | undefined;
	};
}

/** What the runner pins: its variables win over the stack file, which whoever edits the program can edit too. */
export type RunnerEnvironment = Readonly<Record<string, string | undefined>>;

export interface GateQuestion {
	readonly stack: string;
	/** As the engine hands them over, not as a file says that it may not have read. */
	readonly settings: GatedSettings;
	/** Top of the program: golive.yaml, and the checkout that is hashed. */
	readonly root: string;
	readonly environment: RunnerEnvironment;
	/** Whether the engine only looks, and changes nothing. */
	readonly isPreview: boolean;
	/** Default: now. */
	readonly nowMs?: number | undefined;
}

/** Whether an update may begin, as both locks see it. */
export interface GateAnswer {
	/** What is missing is reported and stops nothing. */
	readonly isAdvisory: boolean;
	/** Nothing was looked at: an advisory stack without evidence. */
	readonly isUnasked: boolean;
	readonly stack: string;
	readonly gate: Gate;
	readonly release: string | undefined;
	/** What is missing, one line each; empty when the update may begin. */
	readonly problems: readonly string[];
	/** Undefined when nothing could be judged. */
	readonly answer?: UpdateAnswer | undefined;
}

/**
 * Reads and judges everything that an update of a stack hangs on. Never throws: what cannot be read is a problem, and a stack is
 * gated unless it is known not to be.
 */
export async function readGate(question: GateQuestion): Promise<GateAnswer> {
	const { stack, settings, environment } = question;
	const { phase, gate } = settings;
	const given = (name: string) => environment[name] || undefined;
	const release = given("CUTOVER_RELEASE") ?? gate.release;
	const evidence = given("CUTOVER_EVIDENCE") ?? gate.evidence;
	const trust = given("CUTOVER_TRUST");
	const trustSha256 = given("CUTOVER_TRUST_SHA256");
	const about = { stack, gate: gateOf(phase, gate.live), release };
	const mode = await modeOf(question, trust, trustSha256);
	const { isAdvisory } = mode;
	if (isAdvisory && evidence === undefined) {
		return { ...about, isAdvisory, isUnasked: true, problems: [] };
	}
	const refused = (problems: readonly string[]): GateAnswer => ({
		...about,
		isAdvisory,
		isUnasked: false,
		problems: [...mode.problems, ...problems],
	});
	const unset = [
		...(trust && trustSha256
			? []
			: [
					"trusted keys: expected CUTOVER_TRUST and CUTOVER_TRUST_SHA256 in the runner's environment, got none; the pin must not lie in the repository",
				]),
		...(evidence
			? []
			: [
					"evidence: expected its place in CUTOVER_EVIDENCE, or gate.evidence in the stack file, got none",
				]),
		...(release
			? []
			: [
					"release: expected its name in CUTOVER_RELEASE, or gate.release in the stack file, got none",
				]),
	];
	if (!trust || !trustSha256 || !evidence || !release) return refused(unset);
	try {
		const read = await readQuestion({
			root: question.root,
			...about,
			release,
			evidence,
			trust,
			trustSha256,
			settings,
			programFile: given("CUTOVER_PROGRAM_FILE"),
			planHash: given("CUTOVER_PLAN_HASH"),
			isUpdate: !question.isPreview,
			nowMs: question.nowMs,
		});
		const answer = judgeUpdate(read);
		return {
			...about,
			isAdvisory,
			isUnasked: false,
			problems: answer.isAdmitted ? [] : [...mode.problems, ...answer.problems],
			answer,
		};
	} catch (error) {
		return refused([messageOf(error)]);
	}
}

/** What both locks say of it: one line when the update may begin, else one more for each thing that is missing. */
export function gateText(found: GateAnswer): string {
	const { stack, gate, release, answer, problems } = found;
	const what = `${stack}, gate ${gate}, release ${release ?? "(none named)"}`;
	if (found.isUnasked) {
		return `gate: ${stack} is advisory and no evidence is named: nothing was asked`;
	}
	if (problems.length === 0) {
		const glass = answer?.decision.emergencies ?? [];
		return [
			answer?.rollback
				? `gate: rollback of ${stack}: ${answer.rollback.reason}; neither gate nor window is asked`
				: `gate: GO for ${what}`,
			...glass.map((line) => `BREAK GLASS: ${line}`),
		].join("\n");
	}
	return [
		`gate: NO-GO for ${what}; missing:`,
		...problems.map((line) => `- ${line}`),
		`look closer with: cutover decide --stack ${stack} --gate ${gate}${release === undefined ? "" : ` --release ${release}`}`,
	].join("\n");
}

/**
 * A stack file alone cannot take the gate away: that a stack may do with advice says the pinned list of trusted keys, and where
 * none is pinned only that the shell talks to no real cloud at all.
 */
async function modeOf(
	{ stack, settings, environment }: GateQuestion,
	trust: string | undefined,
	pin: string | undefined,
): Promise<{ isAdvisory: boolean; problems: readonly string[] }> {
	if (settings.gate.mode === "mandatory") {
		return { isAdvisory: false, problems: [] };
	}
	const isLaptop =
		settings.cloud === "laptop" && environment.TRUSTED_LOGIN_CLOUD === "laptop";
	if (trust === undefined && pin === undefined && isLaptop) {
		return { isAdvisory: true, problems: [] };
	}
	const problem = `gate.mode: expected the pinned keys to name ${stack} as advisory, they do not; the stack file alone cannot make it so`;
	try {
		const { minimum } = parseTrust(await readText(trust ?? ""), pin ?? "");
		return minimum.advisory.includes(stack)
			? { isAdvisory: true, problems: [] }
			: { isAdvisory: false, problems: [problem] };
	} catch {
		// Why the list cannot be read is said by whoever reads it for the decision.
		return { isAdvisory: false, problems: [problem] };
	}
}
