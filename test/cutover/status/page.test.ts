import assert from "node:assert/strict";
import type { Outcome } from "../../../cutover/src/outcome.ts";
import type {
	StatusModel,
	VerbResult,
} from "../../../cutover/src/status/model.ts";
import { verdictOf } from "../../../cutover/src/status/page/hero.ts";
import { html } from "../../../cutover/src/status/page/html.ts";
import { renderPage } from "../../../cutover/src/status/page/page.ts";
import { buildRollback } from "../../../cutover/src/status/rollback.ts";
import { buildStages } from "../../../cutover/src/status/stages.ts";

const empty: StatusModel = {
	writtenAt: new Date("2026-11-25T02:30:00Z"),
	context: {},
	stages: buildStages([], [], () => true),
	phases: [],
	results: [],
	running: [],
	killed: [],
	open: [],
	next: undefined,
	counts: undefined,
	liveSince: undefined,
	fence: undefined,
	decision: undefined,
	rollback: buildRollback([]),
	performance: { results: [], pictures: [] },
	acceptance: { results: [], pictures: [] },
	window: undefined,
	history: [],
	unreadable: [],
};

function resultOf(verb: string, outcome: Outcome, actual = "x"): VerbResult {
	return {
		verb,
		staleSince: undefined,
		reports: [],
		run: {
			startedAt: "2026-11-25T02:00:00.000Z",
			finishedAt: "2026-11-25T02:01:00.000Z",
			outcome,
			checks: [{ name: "a check", outcome, expected: "y", actual, seconds: 1 }],
			next: "",
			facts: {},
		},
	};
}

const openOf = ({ verb, run }: VerbResult) =>
	run.checks.map((check) => ({ verb, at: run.finishedAt, check }));

describe("the status page", () => {
	const failing = resultOf("validate", "failed");
	const unclear = resultOf("perf compare", "inconclusive");
	const begun = { verb: "sync", startedAt: "2026-11-25T02:10:00.000Z" };
	const table: readonly [string, Partial<StatusModel>, string, string][] = [
		["nothing has run", {}, "idle", "Nothing has run yet"],
		[
			"all that ran passed",
			{ results: [resultOf("convert", "passed")] },
			"good",
			"Nothing is failing",
		],
		[
			"the target is live",
			{
				results: [resultOf("final-sync", "passed")],
				liveSince: "2026-11-25T02:01:00.000Z",
			},
			"good",
			"The new system is live",
		],
		[
			"something is unclear",
			{ results: [unclear], open: openOf(unclear) },
			"warn",
			"1 check without an answer",
		],
		[
			"something runs",
			{ running: [begun], open: openOf(unclear) },
			"info",
			"sync running",
		],
		[
			"a run was killed",
			{ killed: [begun], running: [begun] },
			"bad",
			"sync ended before its time",
		],
		[
			"a check fails, whatever else is",
			{
				results: [failing],
				open: [...openOf(unclear), ...openOf(failing)],
				killed: [begun],
				running: [begun],
				liveSince: "2026-11-25T02:01:00.000Z",
			},
			"bad",
			"1 check failing",
		],
	];
	for (const [what, part, tone, headline] of table) {
		it(`says at once that ${what}`, () => {
			const model = { ...empty, ...part };
			const verdict = verdictOf(model);
			assert.equal(verdict.tone, tone);
			assert.equal(verdict.headline, headline);
			assert.ok(renderPage(model).includes(headline));
		});
	}

	it("escapes whatever a result says", () => {
		const evil = `<script>alert("1")</script>'&`;
		const page = renderPage({
			...empty,
			context: { stack: evil },
			results: [resultOf(evil, "failed", evil)],
			open: openOf(resultOf(evil, "failed", evil)),
			next: { verb: evil, at: "2026-11-25T02:01:00.000Z", text: evil },
		});
		assert.ok(!page.includes("<script>alert"));
		assert.match(
			page,
			/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&#39;&amp;/,
		);
		assert.equal(html`<b title="${evil}"></b>`.markup.includes('"1"'), false);
	});

	it("fetches nothing from anywhere, and runs no script but its own", () => {
		const page = renderPage({ ...empty, results: [failing] });
		assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//);
		assert.doesNotMatch(page, /@import|url\(/);
		assert.match(page, /default-src &#39;none&#39;/);
		assert.equal(page.match(/<script/g)?.length, 1);
	});

	it("says of every way back that nobody has measured it, until somebody has", () => {
		assert.equal(renderPage(empty).match(/>not measured</g)?.length, 5);
		const drill = resultOf("backup drill", "passed");
		const run = {
			...drill.run,
			facts: { rtoSeconds: 184, rpoSeconds: 31, backup: "migration_1" },
		};
		const rollback = buildRollback([
			{ verb: "backup drill", running: [], last: run, history: [] },
		]);
		const page = renderPage({ ...empty, rollback });
		assert.match(
			page,
			/3 min 04 s; newest row 31 s older than the drill \(migration_1\)/,
		);
	});

	it("does not rely on a drill that failed", () => {
		const { run } = resultOf("backup drill", "failed");
		const [last] = buildRollback([
			{
				verb: "backup drill",
				running: [],
				last: { ...run, facts: { rtoSeconds: 1 } },
				history: [],
			},
		]).slice(-1);
		assert.equal(last?.measured?.isProven, false);
		assert.match(last.measured.text, /do not rely on it/);
	});

	it("shows rows that are neither migrated nor quarantined as missing", () => {
		const page = renderPage({
			...empty,
			counts: {
				verb: "validate",
				at: "2026-11-25T02:01:00.000Z",
				rows: [
					{
						table: "users",
						source: 100,
						migrated: 90,
						quarantined: 8,
						bornOnTarget: 0,
					},
					{
						table: "files",
						source: 10,
						migrated: 9,
						quarantined: 1,
						bornOnTarget: 4,
					},
				],
			},
		});
		assert.match(page, /2 missing/);
		assert.match(
			page,
			/100 = 90 migrated \+ 8 quarantined \+ 2 unaccounted for/,
		);
		assert.match(page, /adds up/);
		assert.match(
			page,
			/10 = 9 migrated \+ 1 quarantined, and 4 made on the new version/,
		);
	});
});
