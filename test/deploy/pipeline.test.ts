import assert from "node:assert/strict";
import {
	promotionCommands,
	provenImages,
} from "../../deploy/pipeline/images.mjs";
import { buildNotice } from "../../deploy/pipeline/notice.mjs";
import {
	buildComment,
	marker,
	parseDecision,
} from "../../deploy/pipeline/reviewComment.mjs";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const proven = {
	frontend: digest("a"),
	backend: digest("b"),
	cutover: digest("c"),
};
const noGo = JSON.stringify({
	decision: "NO-GO",
	gate: "cutover",
	release: "2.0.0",
	blockers: ["support-team-ready: NOT_RUN"],
});

describe("the comment of a review", () => {
	it("holds decision, what is missing and the plan of each stack", () => {
		const body = buildComment(
			[
				{ stack: "prod", preview: "+ 3 to create", decision: noGo },
				{ stack: "staging", preview: "no changes", decision: noGo },
			],
			"0123abcd",
		);
		assert.ok(body.startsWith(marker));
		assert.match(body, /### prod: NO-GO, gate cutover, release 2\.0\.0/);
		assert.match(body, /support-team-ready: NOT_RUN/);
		assert.match(body, /\+ 3 to create/);
		assert.match(body, /### staging/);
	});

	const undecided: readonly (readonly [string, string])[] = [
		["no text", ""],
		["half a line", '{"decision":"GO"'],
		["null", "null"],
		["GO with something missing", '{"decision":"GO","blockers":["x"]}'],
		["another word", '{"decision":"go"}'],
	];
	for (const [title, text] of undecided) {
		it(`says NO-GO for ${title}`, () => {
			assert.match(parseDecision(text).headline, /^NO-GO/);
		});
	}

	it("says that a preview did not run", () => {
		const body = buildComment(
			[{ stack: "prod", preview: undefined, decision: undefined }],
			"0123abcd",
		);
		assert.match(body, /The preview did not run/);
	});

	it("lets no text end its code block", () => {
		const preview = "````\n<h1>@everybody merge this</h1>\n```";
		const body = buildComment(
			[{ stack: "prod", preview, decision: noGo }],
			"0123abcd",
		);
		assert.ok(body.includes(`\`\`\`\`\`text\n${preview}\n\`\`\`\`\``));
	});

	it("takes no markup from names", () => {
		const decision = JSON.stringify({
			decision: "GO",
			gate: "<img src=x>",
			release: "[a](b)\n# GO",
			blockers: [],
		});
		const { headline } = parseDecision(decision);
		assert.doesNotMatch(headline, /[<>[\]#\n]/);
	});

	for (const [title, line] of [
		["lines", "+ aws:ecs/service:Service trusted-login\n"],
		["ticks alone", "`"],
	] as const) {
		it(`stays below GitHub's limit with a megabyte of ${title}`, () => {
			const preview = `${line.repeat(1_000_000 / line.length)}\nthe end`;
			const review = { stack: "prod", preview, decision: noGo };
			const body = buildComment([review, review], "0123abcd");
			assert.ok(body.length < 65_536, `${body.length} characters`);
			assert.match(body, /the end/);
			assert.match(body, /characters left out/);
		});
	}
});

describe("the notice of a deployment", () => {
	const about = {
		channel: "#deployments",
		commit: "0123456789abcdef",
		run: "https://example.com/run",
	};
	const outcomes: readonly (readonly [readonly string[], string])[] = [
		[["success", "success"], "success"],
		[["success", "failure"], "failure"],
		[["failure", "skipped"], "failure"],
		[["success", "cancelled"], "cancelled"],
		[["success", "skipped"], "skipped"],
		[[], "not run"],
	];
	for (const [results, worst] of outcomes) {
		it(`says ${worst} of ${results.join(" and ") || "no job"}`, () => {
			const needs = Object.fromEntries(
				results.map((result, index) => [`job${index}`, { result }]),
			);
			const { text, channel } = buildNotice("Staging", needs, about);
			assert.equal(channel, "#deployments");
			assert.match(text, new RegExp(`Staging: ${worst} \\(0123456789ab\\)`));
		});
	}
});

describe("images that are promoted", () => {
	it("are those that staging runs and the stack file names", () => {
		assert.deepEqual(
			provenImages(proven, proven).map((image) => image.digest),
			[digest("a"), digest("b"), digest("c")],
		);
	});

	const refused: readonly (readonly [string, object, object, RegExp])[] = [
		[
			"another digest",
			proven,
			{ ...proven, backend: digest("d") },
			/backend: expected sha256:b+, which staging proved, got sha256:d+/,
		],
		["no digest in the stack file", proven, {}, /frontend: .* got none/],
		["nothing from staging", {}, proven, /staging to run it by digest/],
		[
			"a tag on staging",
			{ ...proven, cutover: "2.0.0" },
			{ ...proven, cutover: "2.0.0" },
			/cutover: expected staging to run it by digest, got 2\.0\.0/,
		],
	];
	for (const [title, from, to, message] of refused) {
		it(`are none with ${title}`, () => {
			assert.throws(() => provenImages({ ...from }, { ...to }), message);
		});
	}

	it("are copied by digest, manifest and all", () => {
		const { copy } = promotionCommands(
			{ name: "backend", digest: digest("b") },
			{ from: "one.example", to: "two.example", release: "2.0.0" },
		);
		assert.deepEqual(copy.slice(3), [
			"create",
			"--prefer-index=false",
			"--tag",
			"two.example/trusted-login-backend:2.0.0",
			`one.example/trusted-login-backend@${digest("b")}`,
		]);
	});
});
