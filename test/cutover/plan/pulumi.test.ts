import assert from "node:assert/strict";
import {
	chmodSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPulumiCli } from "../../../cutover/src/adapters/pulumi.ts";
import { lockHint } from "../../../cutover/src/plan/engine.ts";

/** A `pulumi` that runs these lines of shell. */
class FakePulumi {
	readonly folder = mkdtempSync(join(tmpdir(), "fake-pulumi-"));
	readonly log = join(this.folder, "log");

	constructor(...lines: readonly string[]) {
		const file = join(this.folder, "pulumi");
		writeFileSync(file, `#!/bin/sh\n${lines.join("\n")}\n`);
		chmodSync(file, 0o755);
	}

	run(more: Partial<Parameters<typeof runPulumiCli>[0]> = {}) {
		return runPulumiCli({
			args: ["preview"],
			cwd: this.folder,
			env: { PATH: `${this.folder}:/usr/bin:/bin`, LOG: this.log },
			signal: new AbortController().signal,
			timeoutMs: 60_000,
			graceMs: 60_000,
			...more,
		});
	}

	get logged(): string {
		return existsSync(this.log) ? readFileSync(this.log, "utf8") : "";
	}

	close(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}

describe("the engine as a child", () => {
	let fake: FakePulumi | undefined;
	afterEach(() => fake?.close());

	it("hands over what it prints, what it complains about and how it ended", async () => {
		fake = new FakePulumi('echo "{}"', "echo broken >&2", "exit 7");
		assert.deepEqual(await fake.run(), {
			exitCode: 7,
			how: "exit code 7",
			stdout: "{}\n",
			lines: ["broken"],
			isStopped: false,
		});
	});

	const waiting = [
		"trap 'echo INT >> \"$LOG\"; exit 0' INT",
		"trap 'echo TERM >> \"$LOG\"; exit 0' TERM",
		"echo ready >&2",
		"i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done",
	];

	it("is asked to stop by one Ctrl-C, and may tidy up", async () => {
		fake = new FakePulumi(...waiting);
		const stop = new AbortController();
		const end = await fake.run({
			signal: stop.signal,
			onLine: (line) => line === "ready" && stop.abort(),
		});
		assert.equal(fake.logged, "INT\n");
		assert.equal(end.isStopped, true);
		assert.equal(end.how, "a request to stop");
		assert.equal(end.exitCode, 0);
	});

	it("is not asked to stop between taking its lock and its first event, when it would die", async () => {
		fake = new FakePulumi(
			"echo 'Updating (prod):'",
			"echo",
			"echo 'View in Browser (Ctrl+O): https://example.com'",
			"sleep 0.5",
			waiting[0] ?? "",
			"echo '@ updating....'",
			...waiting.slice(2),
		);
		const stop = new AbortController();
		const end = await fake.run({
			signal: stop.signal,
			takesLock: true,
			onLine: (line) => line.startsWith("Updating") && stop.abort(),
		});
		assert.equal(fake.logged, "INT\n");
		assert.equal(end.exitCode, 0);
		assert.equal(end.how, "a request to stop");
	});

	it("is asked to stop after its time", async () => {
		fake = new FakePulumi(...waiting);
		const end = await fake.run({ timeoutMs: 300 });
		assert.equal(end.isStopped, true);
		assert.equal(end.how, "a time-out after 0.3 s");
	});

	it("is asked once by a Ctrl-C and its time together", async () => {
		fake = new FakePulumi(
			"trap 'echo INT >> \"$LOG\"' INT",
			"echo ready >&2",
			"i=0; while [ $i -lt 12 ]; do sleep 0.1; i=$((i + 1)); done",
		);
		const stop = new AbortController();
		const end = await fake.run({
			signal: stop.signal,
			timeoutMs: 600,
			onLine: (line) => line === "ready" && stop.abort(),
		});
		assert.equal(fake.logged, "INT\n");
		assert.equal(end.how, "a request to stop");
	});

	it("is asked a second time when its grace is over", async () => {
		fake = new FakePulumi(
			"trap 'echo INT >> \"$LOG\"; n=$((n + 1)); [ $n -lt 2 ] || exit 3' INT",
			"n=0",
			...waiting.slice(2),
		);
		const end = await fake.run({ timeoutMs: 300, graceMs: 300 });
		assert.equal(fake.logged, "INT\nINT\n");
		assert.equal(end.exitCode, 3);
	});

	it("is not run when it is not installed", async () => {
		fake = new FakePulumi("exit 0");
		await assert.rejects(fake.run({ env: { PATH: "/nowhere" } }), {
			name: "NotAvailableError",
			message: /^pulumi is not installed/,
		});
	});

	it("is explained when it left a lock", () => {
		const said =
			"error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.";
		assert.match(
			lockHint([said], "prod"),
			/pulumi cancel --stack prod, then pulumi refresh --stack prod/,
		);
		assert.equal(lockHint(["error: no such stack"], "prod"), "");
	});
});
