import type { Check, Outcome, Result } from "./outcome.ts";

const marks: Readonly<Record<Outcome, string>> = {
	passed: "PASS",
	failed: "FAIL",
	inconclusive: "UNCLEAR",
	"not run": "NOT RUN",
};

/** The result as text for a person. */
export function renderResult(result: Result): string {
	if (result.text !== undefined) return result.text;
	return result.checks
		.flatMap((check, index) => [
			...(check.group === undefined ||
			check.group === result.checks[index - 1]?.group
				? []
				: [check.group]),
			`${marks[check.outcome].padEnd(8)}${check.name}: ${check.actual}${check.outcome === "passed" ? "" : ` (expected: ${check.expected})`}`,
			...(check.details ?? []).map((detail) => `        ${detail}`),
		])
		.map((line) => `${line}\n`)
		.join("");
}

/** A report as Markdown: one row per check, then what is missing. */
export function renderMarkdown(
	title: string,
	result: Pick<Result, "outcome" | "checks">,
	at: string,
): string {
	const cell = (text: string) =>
		text.replaceAll("|", "\\|").replaceAll("\n", " ");
	const row = (check: Check) =>
		`| ${marks[check.outcome]} | ${cell(check.name)} | ${cell(check.expected)} | ${cell(check.actual)} | ${check.seconds.toFixed(2)} |`;
	const missing = result.checks
		.filter((check) => (check.details ?? []).length > 0)
		.map(
			(check) =>
				`## ${check.name}\n\n${(check.details ?? []).map((detail) => `- ${detail}`).join("\n")}\n`,
		);
	return [
		`# ${title}: ${marks[result.outcome]}`,
		`${at}`,
		...groupsOf(result.checks).map(([group, checks]) =>
			[
				...(group === undefined ? [] : [`## ${group}`, ""]),
				"| | check | expected | actual | seconds |",
				"|---|---|---|---|---|",
				...checks.map(row),
			].join("\n"),
		),
		...missing,
		"",
	].join("\n\n");
}

/** Checks by group, in the order in which the groups first come; those without one together. */
function groupsOf(
	checks: readonly Check[],
): readonly (readonly [string | undefined, readonly Check[]])[] {
	const groups = [...new Set(checks.map((check) => check.group))];
	return groups.map((group) => [
		group,
		checks.filter((check) => check.group === group),
	]);
}
