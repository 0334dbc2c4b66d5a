import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureActionlint } from "../../rehearsal/actionlint/build.ts";

const folder = ".github/workflows";

/** Also what no rule of ours knows: the schema of workflows, expressions and their types, the inputs of known actions. */
describe("the workflows and actionlint", function () {
	this.timeout(300_000);
	let actionlint: string;
	const lint = (args: readonly string[], input = "") =>
		spawnSync(actionlint, ["-no-color", ...args], { input, encoding: "utf8" });

	before(async () => {
		actionlint = await ensureActionlint((line) => console.error(line));
	});

	for (const name of readdirSync(folder)) {
		it(`finds nothing in ${name}`, () => {
			const { status, stdout, stderr } = lint([join(folder, name)]);
			assert.equal(status, 0, stdout + stderr);
		});
	}

	it("finds what is wrong with one that is", () => {
		const { status, stdout } = lint(
			["-"],
			`on: push\njobs: { one: { runs-on: ubuntu-24.04, steps: [{ run: 'echo \${{ nothing.here }}' }] } }\n`,
		);
		assert.equal(status, 1);
		assert.match(stdout, /undefined variable "nothing"/);
	});
});
