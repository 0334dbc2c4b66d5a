import {
	type Context,
	type Decision,
	destructionItem,
	destructionWaiverCommand,
	type Gate,
	gateOf as gateOfPhase,
	judgeDestruction,
	judgeUpdate,
	type Question,
} from "@trusted-login/golive";
import type { StackSettings } from "@trusted-login/settings";
import { reasonOf, UsageError } from "../errors.ts";
import { loadQuestion } from "../evidence/question.ts";
import type { DestroyedResource } from "./operations.ts";
import type { PlanSettings } from "./settings.ts";

/** A plan that is to be judged. */
export interface PlanCase {
	readonly settings: PlanSettings;
	readonly stackSettings: StackSettings;
	readonly planHash: string;
	readonly destroyed: readonly DestroyedResource[];
}

/** Whether what a plan takes away may go. */
export interface DestructionJudgement {
	/** What is missing, one line each; empty when all of it may go. */
	readonly problems: readonly string[];
	/** The resources with data, and the waiver that each needs or has. */
	readonly destructive: readonly (DestroyedResource & {
		readonly waiver: string;
		readonly waivedBy: readonly string[];
	})[];
}

/** Whether a plan may be carried out now. */
export interface Admission {
	readonly isGated: boolean;
	/** What is missing, one line each; empty when it may be. */
	readonly problems: readonly string[];
	/** Why it is let through, or where the decision stands. */
	readonly reason: string;
	readonly decision?: Decision["decision"];
	/** Mandatory things that two decision makers let through. */
	readonly emergencies: readonly string[];
}

/** Everything that a plan is judged by; what could not be read is a problem. */
export interface Judge {
	readonly gate: Gate;
	readonly isGated: boolean;
	destruction(
		destroyed: readonly DestroyedResource[],
		planHash: string,
	): DestructionJudgement;
	/** @param kind an authorised rollback updates; nothing authorises a destruction but GO for its very plan. */
	admission(kind: "update" | "destroy", planHash: string): Admission;
	/** What further locks need in order to judge the same case. */
	environment(planHash: string): Readonly<Record<string, string>>;
	/** Types of golive.yaml that hold data, besides those that are known to. */
	readonly dataTypes: readonly string[];
}

/**
 * Reads evidence, trusted keys and checklist once; what cannot be read lets nothing through. An advisory stack
 * of the laptop cloud for which neither evidence nor keys are named has no gate: nothing but a rehearsal lives there.
 */
export async function openJudge(
	settings: PlanSettings,
	stackSettings: StackSettings,
): Promise<Judge> {
	const { cloud, gate: said } = stackSettings;
	const { trust, trustSha256, stack } = settings;
	const evidence = settings.evidence ?? said.evidence;
	const release = settings.release ?? said.release;
	const gate = gateOf(settings, stackSettings);
	const named = [evidence, trust, trustSha256];
	const isGated =
		cloud !== "laptop" ||
		said.mode !== "advisory" ||
		named.some((one) => one !== undefined);
	const read = isGated
		? await readCase({ ...settings, evidence, release }, gate)
		: { problems: [] };
	const { question, problems } = read;
	const context: Pick<Context, "stack" | "gate" | "release"> = {
		stack,
		gate,
		release: release ?? "<release>",
	};
	return {
		gate,
		isGated,
		dataTypes: question?.checklist.destruction.dataTypes ?? [],
		destruction(destroyed, planHash) {
			const answer =
				question && judgeDestruction(withPlan(question, planHash), destroyed);
			const items = destroyed.map((one, index) => {
				const waiver = destructionItem(one);
				const { waived } = answer?.destroyed[index] ?? {};
				return { ...one, waiver, waivedBy: waived?.signers ?? [] };
			});
			const unread = items.map(
				({ operation, urn, waiver }) =>
					`${operation} of ${urn}: expected a decision maker's waiver for taking away what holds data, got none that can be read; run: ${destructionWaiverCommand(waiver, context)}`,
			);
			const missing =
				!isGated || destroyed.length === 0
					? []
					: (answer?.problems ?? [...unread, ...problems]);
			return { problems: missing, destructive: items };
		},
		admission(kind, planHash) {
			if (!isGated) {
				return {
					isGated,
					problems: [],
					reason: `${stack} lives on the laptop cloud, its gate is advisory, and neither evidence nor trusted keys are named: no gate`,
					emergencies: [],
				};
			}
			if (!question) {
				const reason = "it cannot be decided";
				return { isGated, problems, reason, emergencies: [] };
			}
			return admit(withPlan(question, planHash), kind, stackSettings);
		},
		environment: (planHash) => ({
			CUTOVER_PLAN_HASH: planHash,
			CUTOVER_STACK: stack,
			...(evidence !== undefined && { CUTOVER_EVIDENCE: evidence }),
			...(trust !== undefined && { CUTOVER_TRUST: trust }),
			...(trustSha256 !== undefined && { CUTOVER_TRUST_SHA256: trustSha256 }),
			...(release !== undefined && { CUTOVER_RELEASE: release }),
		}),
	};
}

/**
 * The gate that the stack file says.
 * @throws UsageError when another one is named: nobody can choose an easier one.
 */
export function gateOf(
	{ gate, stack }: PlanSettings,
	{ phase, gate: { live } }: StackSettings,
): Gate {
	const asked = gateOfPhase(phase, live);
	if (gate !== undefined && gate !== asked) {
		const text = `expected ${asked}, as Pulumi.${stack}.yaml says (phase ${phase}, gate.live ${live}); got ${gate}`;
		throw new UsageError(`--gate: ${text}`, [{ option: "--gate", text }]);
	}
	return asked;
}

interface ReadCase {
	readonly question?: Question;
	readonly problems: readonly string[];
}

async function readCase(settings: PlanSettings, gate: Gate): Promise<ReadCase> {
	const { stack, program, evidence, trust, trustSha256, release } = settings;
	const unset = [
		evidence === undefined && "evidence: name its place (CUTOVER_EVIDENCE)",
		(trust === undefined || trustSha256 === undefined) &&
			"trusted keys: name them with their sha256 (CUTOVER_TRUST, CUTOVER_TRUST_SHA256)",
		release === undefined && "release: name it (CUTOVER_RELEASE)",
	].filter((line) => line !== false);
	if (!evidence || !trust || !trustSha256 || !release) {
		return { problems: unset };
	}
	try {
		const question = await loadQuestion({
			...{ stack, program, evidence, trust, trustSha256, release, gate },
		});
		return { question, problems: [] };
	} catch (error) {
		return { problems: [`it cannot be decided: ${reasonOf(error)}`] };
	}
}

const withPlan = (question: Question, planHash: string): Question => ({
	...question,
	context: { ...question.context, planHash },
});

function admit(
	question: Question,
	kind: "update" | "destroy",
	{ phase }: StackSettings,
): Admission {
	const { stack, gate, release } = question.context;
	const { decision, decisionProblems, window, rollback } = judgeUpdate({
		...question,
		phase,
	});
	const problems = [...decisionProblems, ...window.problems];
	const { emergencies } = decision;
	const about = { isGated: true, decision: decision.decision, emergencies };
	if (problems.length === 0) {
		const reason = `GO for ${stack}, gate ${gate}, release ${release}, and for this very plan`;
		return { ...about, problems, reason };
	}
	if (kind === "update" && rollback) {
		const reason = `rollback: ${rollback.reason}; neither gate nor window is asked`;
		return { ...about, problems: [], reason };
	}
	const reason =
		decisionProblems.length === 0
			? "GO, but not now"
			: `NO-GO for ${stack}, gate ${gate}, release ${release}`;
	return { ...about, problems, reason };
}
