import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { laptopPlaces } from "../../rehearsal/engine/places.ts";
import { readLocks, settleInterrupted } from "../../rehearsal/engine/settle.ts";
import { isRunning, Sandbox, waitUntil } from "./engine/sandbox.ts";

describe("The engine of the laptop", () => {
	const sandbox = new Sandbox();
	before(() => sandbox.open());
	after(() => sandbox.close());

	it("runs a program, shows what it prints and keeps its outputs", async () => {
		const { exitCode, stdout } = await sandbox.up();
		assert.equal(exitCode, 0, stdout);
		assert.match(stdout, /the program speaks/);
		assert.match(stdout, /2 created/);
		const outputs = await sandbox.pulumi("stack", "output", "answer");
		assert.equal(outputs.stdout, "42\n");
	});

	it("reports an exception of the program once and fails", async () => {
		await sandbox.configure({ broken: "true" });
		const { exitCode, stdout } = await sandbox.up();
		await sandbox.configure({ broken: "false" });
		assert.notEqual(exitCode, 0);
		assert.match(stdout, /Error: the program is broken/);
		assert.doesNotMatch(stdout, /ended with exit code/);
	});

	it("lets a preview pass that violates no policy", async () => {
		const { exitCode, stdout } = await sandbox.pulumi(
			"preview",
			"--policy-pack",
			sandbox.pack,
		);
		assert.equal(exitCode, 0, stdout);
		assert.match(stdout, /tiny@v0\.0\.1 \(local: .*pack\)/);
	});

	it("refuses a preview and an update that violate a mandatory policy", async () => {
		await sandbox.configure({ colour: "blue" });
		for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
			const { exitCode, stdout } = await sandbox.pulumi(
				...args,
				"--policy-pack",
				sandbox.pack,
			);
			assert.notEqual(exitCode, 0, args.join(" "));
			assert.match(stdout, /box: expected any colour but blue, got blue/);
		}
		await sandbox.configure({ colour: "red" });
	});

	describe("killed in the middle of an update", () => {
		const done: string[] = [];
		const settle = async () => {
			done.length = 0;
			await settleInterrupted("dev", {
				cwd: sandbox.program,
				onDone: (sentence) => done.push(sentence),
			});
			return done.join("\n");
		};
		const assertSettled = async () => {
			const { stdout } = await sandbox.pulumi("stack", "export");
			assert.equal(JSON.parse(stdout).deployment.pending_operations, undefined);
			assert.deepEqual(readLocks("dev", "tiny"), []);
		};
		const assertNothingToDo = async () => {
			const { exitCode, stdout } = await sandbox.pulumi(
				"preview",
				"--expect-no-changes",
			);
			assert.equal(exitCode, 0, stdout);
		};

		it("leaves no language host, program or plugin behind", async () => {
			await sandbox.configure({ slow: "a", seconds: "60" });
			const started = await sandbox.killUpdateWhen(
				() => "id-one" in sandbox.held,
			);
			assert.ok(started.length >= 3, `only ${started.length} processes seen`);
			await waitUntil(() => !started.some(isRunning), 5_000);
		});

		it("leaves a lock that keeps others out", async () => {
			const { exitCode, stderr } = await sandbox.up();
			assert.notEqual(exitCode, 0);
			assert.match(stderr, /currently locked by 1 lock/);
		});

		it("takes a resource into the stack that the cloud made", async () => {
			const said = await settle();
			assert.match(said, /cleared the lock of process \d+, which is dead/);
			assert.match(
				said,
				/Slow::one: .* the cloud has it as id-one: taken into/,
			);
			await assertSettled();
			await assertNothingToDo();
		});

		it("reads a resource again whose update was interrupted", async () => {
			await sandbox.configure({ slow: "b" });
			await sandbox.killUpdateWhen(() => sandbox.held["id-one"]?.value === "b");
			assert.match(await settle(), /interrupted while updating: read again/);
			await assertSettled();
			await assertNothingToDo();
		});

		it("forgets a resource whose deletion went through", async () => {
			await sandbox.pulumi("config", "rm", "slow");
			await sandbox.killUpdateWhen(() => !("id-one" in sandbox.held));
			assert.match(await settle(), /interrupted while deleting: read again/);
			await assertSettled();
			await assertNothingToDo();
		});

		it("forgets a creation that the cloud knows nothing of", async () => {
			await sandbox.configure({ slow: "c" });
			await sandbox.killUpdateWhen(() => "id-one" in sandbox.held);
			writeFileSync(sandbox.store, "{}");
			assert.match(await settle(), /the cloud does not have it: forgotten/);
			await assertSettled();
		});

		it("touches nothing while the holder of the lock is alive", async () => {
			const lock = join(
				laptopPlaces().state,
				".pulumi/locks/organization/tiny/dev/test.json",
			);
			const holder = {
				pid: process.pid,
				hostname: hostname(),
				timestamp: new Date().toISOString(),
			};
			writeFileSync(lock, JSON.stringify(holder));
			await assert.rejects(
				settle(),
				new RegExp(`being updated by process ${process.pid} on`),
			);
			assert.equal(readLocks("dev", "tiny").length, 1);
		});
	});
});
