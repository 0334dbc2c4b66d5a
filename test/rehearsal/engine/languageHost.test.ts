import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	nodeArguments,
	programArguments,
	splitArguments,
	typescriptEnvironment,
} from "../../../rehearsal/engine/languageHost/arguments.ts";
import {
	listDependencies,
	locateModule,
} from "../../../rehearsal/engine/languageHost/modules.ts";
import { plainErrors } from "../../../rehearsal/engine/languageHost/plainErrors.ts";
import { outcome } from "../../../rehearsal/engine/languageHost/runProgram.ts";

describe("The language host", () => {
	for (const [text, words] of [
		["--import tsx", ["--import", "tsx"]],
		["  a\t'b c' \"d e\"  ", ["a", "b c", "d e"]],
		[`--x='it'"'"'s'`, ["--x=it's"]],
		["a\\ b ''", ["a b", ""]],
		["", []],
	] as const)
		it(`splits nodeargs ${JSON.stringify(text)} as a shell does`, () => {
			assert.deepEqual(splitArguments(text), words);
		});

	it("refuses nodeargs with an open quote", () => {
		assert.throws(() => splitArguments("--x='a"), /no closing '/);
	});

	it("refuses nodeargs that are no text", () => {
		assert.throws(
			() => nodeArguments({ nodeargs: 7 }),
			/expected a string, got 7/,
		);
		assert.deepEqual(nodeArguments({}), []);
	});

	it("switches ts-node off only when told so", () => {
		const variable = "PULUMI_NODEJS_TYPESCRIPT";
		assert.equal(typescriptEnvironment({})[variable], "true");
		assert.equal(
			typescriptEnvironment({ typescript: false })[variable],
			"false",
		);
	});

	it("says --dry-run in a preview and not in an update", () => {
		const run = {
			monitor: "m",
			engine: "e",
			project: "p",
			stack: "s",
			organization: "o",
			pwd: "/p",
			rootDirectory: "/r",
			entryPoint: ".",
			dryRun: true,
			parallel: 8,
			args: [],
		};
		assert.ok(programArguments(run).includes("--dry-run"));
		const update = programArguments({ ...run, dryRun: false });
		assert.ok(!update.includes("--dry-run"));
		assert.equal(update.at(-1), ".");
	});

	it("adds nothing to what the program has reported itself", () => {
		assert.deepEqual(outcome(0).toObject(), { error: "", bail: false });
		assert.deepEqual(outcome(32).toObject(), { error: "", bail: true });
		assert.equal(outcome(1).getError(), "the program ended with exit code 1");
		assert.equal(
			outcome("SIGKILL").getError(),
			"the program was ended by SIGKILL",
		);
	});

	it("says what to do when a program's packages are not installed", () => {
		assert.throws(
			() => locateModule("@pulumi/pulumi/cmd/run", "/nonexistent"),
			/not installed for \/nonexistent; run npm ci/,
		);
	});

	it("lists the direct dependencies with their installed versions", () => {
		const zod = listDependencies(process.cwd()).find(
			({ name }) => name === "zod",
		);
		assert.match(zod?.version ?? "", /^\d+\.\d+\.\d+$/);
	});

	it("prints errors from mapped sources at once", () => {
		const program = `
			const error = new Error("broken");
			error.stack = "Error: broken\\n    at X (/a/node_modules/@pulumi/resource.ts:1:2)";
			process.stdout.write(require("util").inspect(error, { colors: true }));`;
		const printed = execFileSync(
			process.execPath,
			[...plainErrors, "-e", program],
			{ encoding: "utf8", timeout: 5_000 },
		);
		assert.match(printed, /^Error: broken\n {4}at X/);
	});
});
