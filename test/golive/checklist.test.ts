import assert from "node:assert/strict";
import {
	ChecklistError,
	categories,
	kindNames,
	parseChecklist,
} from "../../golive/src/index.ts";
import { checklistText } from "./fixture.ts";

/** Line and column (from 1) of a text. */
function placeOf(text: string, part: string): string {
	const before = text.slice(0, text.indexOf(part)).split("\n");
	return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function problemsOf(text: string): readonly string[] {
	try {
		parseChecklist(text);
	} catch (error) {
		assert.ok(error instanceof ChecklistError);
		return error.problems;
	}
	return assert.fail("expected it to be refused");
}

describe("golive.yaml", () => {
	it("has every item and criterion of the go-live, each with an owner, in at least one gate", () => {
		const list = parseChecklist(checklistText);
		const inCategory = (name: string) =>
			list.items.filter(({ category }) => category === name).length;
		const ofLevel = (name: string) =>
			list.criteria.filter(({ level }) => level === name).length;
		assert.deepEqual(categories.map(inCategory), [11, 9, 6]);
		assert.deepEqual(["mandatory", "recommended"].map(ofLevel), [5, 4]);
	});

	it("asks for every kind of evidence that there is", () => {
		const list = parseChecklist(checklistText);
		const asked = new Set(
			[...list.items, ...list.criteria].flatMap(({ evidence }) => evidence),
		);
		assert.deepEqual([...asked].sort(), [...kindNames].sort());
	});

	const entry = "  - id: support-team-ready\n";
	for (const [what, from, to, at, message] of [
		[
			"an unknown key",
			"escalation:",
			"escalatoin: [CTO]\nescalation:",
			"escalatoin",
			"escalatoin: unknown key; remove it, or correct its spelling",
		],
		[
			"an unknown key of a criterion",
			entry,
			`${entry}    colour: blue\n`,
			"colour",
			"criteria.4.colour: unknown key; remove it, or correct its spelling",
		],
		[
			"a missing owner",
			/(id: support-team-ready[\s\S]*?) {4}owner: .*\n/,
			"$1",
			"id: support-team-ready",
			"criteria.4.owner: Invalid input: expected string, received undefined",
		],
		[
			"an empty owner",
			"owner: Development Team",
			'owner: ""',
			'""',
			"criteria.2.owner: expected a name of letters, digits and blanks",
		],
		[
			"a criterion without evidence",
			"    evidence: [rollback-drill]\n  - id: support-team-ready",
			"  - id: support-team-ready",
			"id: rollback-procedures-verified",
			"criteria.3: expected evidence or attestedBy: a criterion is met by its own evidence only",
		],
		[
			"an item that is automated and manual",
			"    evidence: [smoke]",
			"    evidence: [smoke]\n    attestedBy: [CTO]",
			"id: load-balancers-configured",
			"items.1: expected either evidence (automated) or attestedBy (manual)",
		],
		[
			"an unknown gate",
			"gates: [provision, cutover, release]",
			"gates: [provision, cutovr, release]",
			"cutovr",
			'criteria.0.gates.1: Invalid option: expected one of "provision"|"cutover"|"release"',
		],
		[
			"no gate",
			"gates: [provision, cutover, release]",
			"gates: []",
			"[]",
			"criteria.0.gates: expected at least one gate: provision, cutover, release",
		],
		[
			"an unknown kind of evidence",
			"evidence: [tests]",
			"evidence: [feelings]",
			"feelings",
			"criteria.0.evidence.0: Invalid option",
		],
		[
			"an id twice",
			"id: ssl-certificates-installed",
			"id: load-balancers-configured",
			"",
			"items.2.id: expected an id of its own, got load-balancers-configured a second time",
		],
		[
			"a bad date",
			"due: 2027-05-07",
			"due: 7 May",
			"7 May",
			'items.0.due: expected a date such as "2027-05-01"',
		],
		[
			"a key twice",
			"escalation:",
			"version: 1\nescalation:",
			"",
			"Map keys must be unique",
		],
		[
			"a duration that is none",
			"3 days",
			"soon",
			"soon",
			"signOffExpiresAfter: expected a duration such as",
		],
	] as const) {
		it(`refuses ${what}, with line and column`, () => {
			const text = checklistText.replace(from, to);
			assert.notEqual(text, checklistText);
			const [problem = "", ...others] = problemsOf(text);
			assert.deepEqual(
				others.filter((line) => !line.includes(what)),
				[],
			);
			assert.match(problem, /^golive\.yaml:\d+:\d+: /);
			assert.ok(problem.includes(message), problem);
			if (at !== "")
				assert.ok(
					problem.startsWith(`golive.yaml:${placeOf(text, at)}:`),
					problem,
				);
		});
	}

	it("refuses aliases, which make a small file large", () => {
		const bomb = `a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n${checklistText}`;
		assert.ok(problemsOf(bomb).length > 0);
	});

	it("refuses more than 10 MB without reading it", () => {
		const large = `${checklistText}\n#${"x".repeat(10 * 1024 * 1024)}`;
		assert.match(problemsOf(large).join(), /expected at most 10 MB, got 11 MB/);
	});
});
