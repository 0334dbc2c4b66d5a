import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workflowProblems } from "./workflowRules.ts";

const folder = ".github/workflows";
const sha = "a".repeat(40);
const expression = (text: string) => `\${{ ${text} }}`;
const sound = `
on: push
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: { contents: read }
    env: { STACK: prod }
    steps:
      - uses: actions/checkout@${sha}
        with: { persist-credentials: false }
      - run: pulumi preview --stack "$STACK" --policy-pack policies --diff
        env: { TOKEN: "\${{ secrets.TOKEN }}" }
`;

describe("the workflows", () => {
	for (const name of readdirSync(folder)) {
		it(`${name} keeps the rules`, () => {
			const text = readFileSync(join(folder, name), "utf8");
			assert.deepEqual(workflowProblems(text), []);
		});
	}

	it("review, prove on staging and promote to production", () => {
		const names = readdirSync(folder);
		for (const name of ["review.yml", "staging.yml", "production.yml"]) {
			assert.ok(names.includes(name), name);
		}
	});
});

describe("the rules for workflows", () => {
	it("find nothing in a sound one", () => {
		assert.deepEqual(workflowProblems(sound), []);
	});

	const broken: readonly (readonly [string, string, string, RegExp])[] = [
		["a floating action", `checkout@${sha}`, "checkout@v4", /pinned by its/],
		["a branch of an action", `checkout@${sha}`, "checkout@main", /pinned/],
		["an action without a version", `checkout@${sha}`, "checkout", /pinned/],
		["an action of this checkout", `actions/checkout@${sha}`, "./x", /pinned/],
		["kept credentials", "persist-credentials: false", "a: b", /persist-cred/],
		["no time-out", "timeout-minutes: 5", "name: x", /timeout-minutes/],
		["an endless job", "timeout-minutes: 5", "timeout-minutes: 360", /240/],
		[
			"a job's default rights",
			"permissions: { contents: read }",
			"name: x",
			/one: expected permissions/,
		],
		[
			"all rights",
			"permissions: { contents: read }",
			"permissions: write-all",
			/one: expected permissions/,
		],
		[
			"rights for every job",
			"permissions: {}",
			"permissions: { contents: write }",
			/at the top/,
		],
		["default rights", "permissions: {}", "name: x", /at the top/],
		[
			"foreign code beside secrets",
			"on: push",
			"on: [pull_request_target]",
			/pull_request_target/,
		],
		[
			"the same as a mapping",
			"on: push",
			"on: { pull_request_target: {} }",
			/pull_request_target/,
		],
		[
			"event data in a command",
			'"$STACK"',
			expression("github.head_ref"),
			/an expression in run/,
		],
		["no pack", " --policy-pack policies", "", /expected --policy-pack/],
		[
			"another pack",
			"--policy-pack policies",
			"--policy-pack other",
			/expected --policy-pack/,
		],
		["a raw destroy", "pulumi preview", "pulumi destroy", /takes no pack/],
		["a skipped preview", "--diff", "--skip-preview", /no way round/],
		["a milder pack", "--diff", "--policy-pack-config x.json", /no way round/],
		[
			"a secret for a whole job",
			"env: { STACK: prod }",
			`env: { A: "${expression("secrets.A")}" }`,
			/A in the step/,
		],
	];
	for (const [title, from, to, message] of broken) {
		it(`find ${title}`, () => {
			assert.ok(sound.includes(from), `${from} is in the sound one`);
			const problems = workflowProblems(sound.replace(from, to));
			assert.match(problems.join("\n"), message);
		});
	}
});
