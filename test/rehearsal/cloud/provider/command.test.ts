import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { identifyProcess } from "../../../../rehearsal/cloud/processes.ts";
import {
	checkCommand,
	secretOutputs,
} from "../../../../rehearsal/cloud/provider/commandRules.ts";
import { CommandRunner } from "../../../../rehearsal/cloud/provider/commandRun.ts";

describe("a command on the laptop", () => {
	let shown: string[] = [];
	let runner = new CommandRunner();
	beforeEach(() => {
		shown = [];
		runner = new CommandRunner();
	});
	const run = (
		text: string,
		values: Record<string, unknown> = {},
		more: { secrets?: string[]; previous?: Record<string, unknown> } = {},
	) =>
		runner.run({
			text,
			values,
			secrets: more.secrets ?? [],
			previous: more.previous,
			tell: (line) => shown.push(line),
		});

	it("answers what it said, without the last line end, and shows it line by line", async () => {
		const said = await run("echo one; echo two; printf three >&2");
		assert.deepEqual(said, { stdout: "one\ntwo", stderr: "three" });
		assert.deepEqual([...shown].sort(), ["one", "three", "two"]);
	});

	it("gets environment, input, directory and interpreter", async () => {
		const said = await run(
			"process.stdin.on('data', (d) => console.log(process.env.WHO + d + process.cwd()))",
			{
				environment: { WHO: "me " },
				stdin: "in ",
				dir: "/",
				interpreter: [process.execPath, "-e"],
			},
		);
		assert.equal(said.stdout, "me in /");
	});

	it("gets what the last run said, unless that is switched off", async () => {
		const previous = { stdout: "old out", stderr: "old err" };
		const text = 'echo "$PULUMI_COMMAND_STDOUT|$PULUMI_COMMAND_STDERR"';
		assert.equal((await run(text, {}, { previous })).stdout, "old out|old err");
		const off = { addPreviousOutputInEnv: false };
		assert.equal((await run(text, off, { previous })).stdout, "|");
	});

	it("fails with its exit status and the last lines of its errors", async () => {
		await assert.rejects(
			run("echo fine; for i in $(seq 30); do echo line $i >&2; done; exit 3"),
			(error: Error) => {
				assert.match(error.message, /^the command failed: exit status 3\n/);
				assert.match(error.message, /line 30$/);
				assert.doesNotMatch(error.message, /line 10\n/);
				return true;
			},
		);
	});

	it("never shows a secret, neither while it runs nor when it fails", async () => {
		const values = { environment: { URL: "pw-1234\npw-5678" } };
		await assert.rejects(
			run('echo "is $URL"; echo "$URL" >&2; exit 1', values, {
				secrets: ["environment"],
			}),
			(error: Error) => !/pw-/.test(error.message),
		);
		assert.deepEqual(
			shown.filter((line) => line.includes("pw-")),
			[],
		);
		assert.ok(shown.includes("[secret]"));
	});

	it("shows nothing when logging is off", async () => {
		await run("echo quiet", { logging: "none" });
		assert.deepEqual(shown, []);
	});

	it("ends with everything it started when the person gives up", async () => {
		const running = run("sleep 60 & echo $!; wait");
		while (shown.length === 0) await sleep(10);
		const grandchild = Number(shown[0]);
		runner.cancel();
		await assert.rejects(running, /ended by SIGTERM/);
		for (let i = 0; i < 100 && isAlive(grandchild); i++) await sleep(10);
		assert.ok(!isAlive(grandchild));
	});

	it("says which directory does not exist", async () => {
		await assert.rejects(run("true", { dir: "/nowhere" }), /\/nowhere/);
	});

	it("refuses inputs that the stand-in does not serve", () => {
		assert.deepEqual(
			checkCommand({ create: "true", assetPaths: ["*"], creat: "x" }).map(
				(f) => f.property,
			),
			["assetPaths", "creat"],
		);
		assert.equal(checkCommand({ environment: { A: 1 } }).length, 1);
	});

	it("keeps its output secret when it was told a secret", () => {
		assert.deepEqual(secretOutputs(["environment"]), ["stdout", "stderr"]);
		assert.deepEqual(secretOutputs(["triggers"]), []);
	});
});

/** A process that ended and waits for its parent's notice is not alive. */
const isAlive = (pid: number): boolean => identifyProcess(pid) !== undefined;
