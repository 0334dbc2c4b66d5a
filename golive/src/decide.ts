import {
	type Checklist,
	type Criterion,
	categories,
	type Item,
	stackOf,
} from "./checklist.ts";
import type {
	CategoryState,
	Context,
	CriterionState,
	Decision,
	ItemState,
	SignOffState,
} from "./decision.ts";
import { evidenceSetHash } from "./evidenceSet.ts";
import {
	type Asked,
	type Finding,
	findAttestation,
	findEvidence,
	type Status,
} from "./findings.ts";
import { belowMinimum } from "./minimum.ts";
import { clockProblem, openRecords, type StoredRecord } from "./records.ts";
import { agreedRollback } from "./rollback.ts";
import { findSignOff, type SignOff } from "./signOffs.ts";
import { sha256Hex } from "./statement.ts";
import type { Trust } from "./trust.ts";
import {
	findEmergency,
	findWaiver,
	type Waived,
	waiverDigests,
} from "./waivers.ts";

/** Everything a decision is made of; nothing else is looked at. */
export interface Question {
	readonly checklist: Checklist;
	readonly trust: Trust;
	/** The evidence place as read; signatures, roles, hashes and numbers are judged here. */
	readonly records: readonly StoredRecord[];
	readonly context: Context;
	readonly nowMs: number;
}

/** GO or NO-GO: pure, and the same for the same question. */
export function decide(question: Question): Decision {
	const { checklist, trust, context, nowMs } = question;
	const { stack, gate, release } = context;
	const opened = openRecords(question.records, trust);
	const asked: Asked = { ...context, checklist, opened, nowMs };
	const isHere = ({ gates }: Item | Criterion) => gates.includes(gate);
	const criteria = checklist.criteria
		.filter(isHere)
		.map((one) => criterionState(asked, one, stack));
	const items = checklist.items
		.filter(isHere)
		.map((one) => itemState(asked, one, stack));
	const restsOn = [...criteria, ...items]
		.flatMap(({ findings }) => findings)
		.flatMap(({ status, record }) =>
			record && status !== "WRONG_SUBJECT" ? [record] : [],
		);
	const records = [
		...new Set([
			...restsOn.map(({ digest }) => digest),
			...waiverDigests(asked, stack),
		]),
	].sort();
	const evidenceSet = evidenceSetHash({ checklist, trust, context, records });
	const table = {
		stack,
		evidenceSet,
		planHash: context.planHash,
		isUpdate: context.isUpdate ?? false,
		makers: [...new Set(restsOn.flatMap(({ makers }) => makers))],
	};
	const given = checklist.decisionMakers.map((role) =>
		findSignOff(asked, role, table),
	);
	const signOffs = given.map((one) => signOffState(asked, one, stack));
	const agreed = agreedRollback(given);
	const states = categories.map((name) =>
		categoryState(checklist, name, items),
	);
	const clock = clockProblem(opened, nowMs);
	const mandatory = criteria.filter(({ level }) => level === "mandatory");
	const blockers = [
		...belowMinimum(checklist, trust, stack).map(
			(line) =>
				`golive.yaml asks for less than the pinned minimum: ${line}; put it back`,
		),
		...(clock === undefined ? [] : [clock]),
		...subjectProblems(checklist, context),
		...(mandatory.length > 0
			? []
			: [`gate ${gate}: expected a mandatory criterion, got none`]),
		...mandatory.filter(({ met }) => !met).map(lineOf),
		...states
			.filter(({ reached }) => !reached)
			.map((state) => categoryLine(state, items)),
		...signOffs
			.filter(({ met }) => !met)
			.map(
				({ role, status, finding }) =>
					`sign-off of ${role}: ${status}: ${finding.reason}`,
			),
		...(agreed.problem === undefined ? [] : [agreed.problem]),
	];
	return {
		decision: blockers.length === 0 ? "GO" : "NO-GO",
		stack,
		gate,
		release,
		subject: context.subject,
		at: Number.isFinite(nowMs) ? new Date(nowMs).toISOString() : "no time",
		evidenceSet,
		planHash: context.planHash,
		blockers,
		criteria,
		items,
		categories: states,
		signOffs,
		recommendations: criteria
			.filter(({ level, met }) => level === "recommended" && !met)
			.map(lineOf),
		overdue: items
			.filter(({ state }) => state === "overdue")
			.map(({ title, owner, due }) => `${title} (${owner}), due ${due}`),
		emergencies: emergencyLines(criteria, items, signOffs),
		escalation: checklist.escalation,
		rollbackTo: agreed.rollbackTo,
		refused: opened.refused.map(({ path, problem }) => ({ path, problem })),
		records,
	};
}

function criterionState(
	asked: Asked,
	criterion: Criterion,
	stack: string,
): CriterionState {
	const { id, title, level, owner } = criterion;
	const findings = findingsOf(asked, criterion, stack);
	const passed = worst(findings) === "PASS";
	const waived = passed
		? undefined
		: level === "mandatory"
			? findEmergency(asked, id, stack)
			: findWaiver(asked, id, stack);
	const status = waived ? "WAIVED" : worst(findings);
	const met = passed || waived !== undefined;
	return { id, title, level, owner, status, met, findings, waived };
}

function itemState(asked: Asked, item: Item, stack: string): ItemState {
	const { id, title, category, group, owner, due } = item;
	const findings = findingsOf(asked, item, stack);
	const passed = worst(findings) === "PASS";
	const waived = passed ? undefined : findWaiver(asked, id, stack);
	const isDone = passed || waived !== undefined;
	// The whole of the day on which it is due still counts.
	const isOver = !(asked.nowMs < Date.parse(`${due}T24:00:00Z`));
	const state = isDone ? "completed" : isOver ? "overdue" : "pending";
	const status = waived ? "WAIVED" : worst(findings);
	return {
		id,
		title,
		category,
		group,
		owner,
		due,
		state,
		status,
		findings,
		waived,
	};
}

function findingsOf(
	asked: Asked,
	entry: Item | Criterion,
	stack: string,
): readonly Finding[] {
	const from = stackOf(asked.checklist, entry, stack);
	return [
		...entry.evidence.map((kind) => findEvidence(asked, kind, from)),
		...(entry.attestedBy.length > 0
			? [findAttestation(asked, entry, from)]
			: []),
	];
}

function signOffState(
	asked: Asked,
	{ role, finding, windowStart }: SignOff,
	stack: string,
): SignOffState {
	if (finding.status === "PASS") {
		return { role, status: "PASS", met: true, finding, windowStart };
	}
	const waived = findEmergency(asked, `sign-off:${role}`, stack);
	return waived
		? { role, status: "WAIVED", met: true, finding, waived }
		: { role, status: finding.status, met: false, finding };
}

function categoryState(
	checklist: Checklist,
	category: CategoryState["category"],
	items: readonly ItemState[],
): CategoryState {
	const own = items.filter((item) => item.category === category);
	const completed = own.filter(({ state }) => state === "completed").length;
	const percent = own.length === 0 ? 100 : (completed / own.length) * 100;
	const threshold = checklist.thresholds[category];
	return {
		category,
		completed,
		total: own.length,
		percent,
		threshold,
		reached: percent >= threshold,
		mark: percent >= 90 ? "good" : percent >= 70 ? "warning" : "bad",
	};
}

function subjectProblems(
	{ images, stacks }: Checklist,
	{ stack, gate, subject }: Context,
): readonly string[] {
	const isDigest = (text: string | undefined) =>
		sha256Hex.safeParse(text).success;
	const missing =
		gate === "provision"
			? []
			: images.filter((name) => !isDigest(subject.images[name]));
	return [
		...(Object.hasOwn(stacks, stack)
			? []
			: [
					`stack ${stack}: expected it in golive.yaml, got ${Object.keys(stacks).join(", ") || "none"}`,
				]),
		...(isDigest(subject.tree) && isDigest(subject.lock)
			? []
			: ["subject: expected the hashes of tree and lock file, got none"]),
		...missing.map(
			(name) =>
				`image ${name}: expected a digest (sha256), got ${subject.images[name] ?? "none"}; name the image by digest in the stack file`,
		),
	];
}

function lineOf({
	id,
	title,
	status,
	findings,
	owner,
}: CriterionState): string {
	const why = findings
		.filter((finding) => finding.status !== "PASS")
		.map(
			({ proof, stack, status: one, reason }) =>
				`${proof} of ${stack}: ${one}: ${reason}`,
		);
	return `${title} (${id}, ${owner}): ${status}: ${why.join("; ")}`;
}

function categoryLine(
	{ category, completed, total, percent, threshold }: CategoryState,
	items: readonly ItemState[],
): string {
	const missing = items
		.filter((item) => item.category === category && item.state !== "completed")
		.map(({ title, id, status }) => `${title} (${id}): ${status}`);
	return `${category}: expected ${threshold} %, got ${completed}/${total} (${percentText(percent)}): ${missing.join("; ")}`;
}

/** A percentage, rounded down: 99.6 is not 100. */
export const percentText = (percent: number): string =>
	`${Math.floor(percent)} %`;

function emergencyLines(
	criteria: readonly CriterionState[],
	items: readonly ItemState[],
	signOffs: readonly SignOffState[],
): readonly string[] {
	const line = (what: string, waived: Waived) =>
		`${what}: waived by ${waived.signers.join(" and ")} until ${waived.expiresAt}: ${waived.reason}`;
	return [
		...[...criteria, ...items].flatMap(({ title, id, waived }) =>
			waived?.isEmergency ? [line(`${title} (${id})`, waived)] : [],
		),
		...signOffs.flatMap(({ role, waived }) =>
			waived ? [line(`sign-off of ${role}`, waived)] : [],
		),
	];
}

/** The status to show for several proofs: the worst of them. */
function worst(findings: readonly Finding[]): Status {
	const order: readonly Status[] = [
		"BAD_SIGNATURE",
		"FAIL",
		"WRONG_SUBJECT",
		"STALE",
		"NOT_RUN",
	];
	const found = order.find((status) =>
		findings.some((finding) => finding.status === status),
	);
	// Nothing asked for is nothing proven.
	return found ?? (findings.length > 0 ? "PASS" : "NOT_RUN");
}
