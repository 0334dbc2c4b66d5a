import { percentText } from "./decide.ts";
import type { CriterionState, Decision, ItemState } from "./decision.ts";
import type { Finding } from "./findings.ts";
import type { Waived } from "./waivers.ts";

const marks = { good: "good", warning: "WARNING", bad: "BAD" } as const;

/** A decision as Markdown: first the word, then why, then everything it rests on. */
export function renderDecision(decision: Decision): string {
	const { stack, gate, release, at, subject } = decision;
	const images = Object.entries(subject.images).map(
		([name, digest]) => `${name} sha256:${digest}`,
	);
	return [
		`# ${decision.decision}: ${stack}, gate ${gate}, release ${release}`,
		loudly(decision.emergencies),
		`Decided at ${at} on tree ${subject.tree.slice(0, 12)}, evidence set ${decision.evidenceSet.slice(0, 12)}${decision.planHash === undefined ? "" : `, plan ${decision.planHash.slice(0, 12)}`}.`,
		list("Why not", decision.blockers),
		table(
			"Mandatory criteria",
			["status", "criterion", "owner", "evidence"],
			decision.criteria
				.filter(({ level }) => level === "mandatory")
				.map(criterionRow),
		),
		table(
			"Recommended criteria",
			["status", "criterion", "owner", "evidence"],
			decision.criteria
				.filter(({ level }) => level === "recommended")
				.map(criterionRow),
		),
		table(
			"Completion",
			["category", "completed", "", "wanted", ""],
			decision.categories.map((one) => [
				one.category,
				`${one.completed}/${one.total}`,
				percentText(one.percent),
				`${one.threshold} %`,
				marks[one.mark],
			]),
		),
		table(
			"Items",
			["state", "item", "owner", "due", "evidence"],
			decision.items.map(itemRow),
		),
		table(
			"Sign-offs",
			["status", "role", "evidence"],
			decision.signOffs.map(({ role, status, finding, waived }) => [
				status,
				role,
				proofText([finding], waived),
			]),
		),
		list("Overdue", decision.overdue),
		list("Recommendations", decision.recommendations),
		list(
			"Records that count for nothing",
			decision.refused.map(({ path, problem }) => `${path}: ${problem}`),
		),
		`## Rollback\n\n${rollbackText(decision)}`,
		...(decision.decision === "GO"
			? []
			: [`## Escalation\n\n${decision.escalation.join(" → ")}`]),
		list("Images", images),
	]
		.filter((part) => part !== "")
		.join("\n\n")
		.concat("\n");
}

/** Break glass must not be overlooked by whoever reads the first line only. */
function loudly(emergencies: readonly string[]): string {
	if (emergencies.length === 0) return "";
	return [
		"> **BREAK GLASS: mandatory parts of this decision were waived in an emergency.**",
		...emergencies.map((line) => `> - ${line}`),
	].join("\n");
}

function rollbackText({ decision, rollbackTo }: Decision): string {
	if (rollbackTo === undefined) {
		return "No release to go back to was named: going back needs a decision of its own.";
	}
	return decision === "GO"
		? `Going back to ${rollbackTo.release} is authorised by this GO: no gate and no window stands in its way.`
		: `Going back to ${rollbackTo.release} will be authorised by the GO.`;
}

const criterionRow = ({
	status,
	title,
	id,
	owner,
	findings,
	waived,
}: CriterionState) => [
	status,
	`${title} (${id})`,
	owner,
	proofText(findings, waived),
];

const itemRow = ({ state, title, owner, due, findings, waived }: ItemState) => [
	state,
	title,
	owner,
	due,
	proofText(findings, waived),
];

function proofText(
	findings: readonly Finding[],
	waived: Waived | undefined,
): string {
	const found = findings.map(
		({ proof, stack, status, reason, record }) =>
			`${proof} of ${stack} ${status}: ${reason}${record && status === "PASS" ? ` (${record.path}, until ${record.expiresAt})` : ""}`,
	);
	return waived === undefined
		? found.join("; ")
		: `${waived.isEmergency ? "EMERGENCY " : ""}WAIVED by ${waived.signers.join(" and ")} until ${waived.expiresAt}: ${waived.reason}`;
}

function list(title: string, lines: readonly string[]): string {
	if (lines.length === 0) return "";
	return `## ${title}\n\n${lines.map((line) => `- ${line.replaceAll("\n", " ")}`).join("\n")}`;
}

function table(
	title: string,
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string {
	if (rows.length === 0) return "";
	const cell = (text: string) =>
		text.replaceAll("|", "\\|").replaceAll("\n", " ");
	const line = (cells: readonly string[]) =>
		`| ${cells.map(cell).join(" | ")} |`;
	return [
		`## ${title}`,
		"",
		line(head),
		`|${head.map(() => "---").join("|")}|`,
		...rows.map(line),
	].join("\n");
}
