import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
	endProcess,
	identifyProcess,
	isRunning,
	signalProcess,
} from "../../../rehearsal/cloud/processes.ts";

describe("processes that cannot be mistaken", () => {
	it("are known by pid and start time", () => {
		const own = identifyProcess(process.pid);
		assert.ok(own !== undefined && isRunning(own));
		assert.equal(identifyProcess(2 ** 22 + 1), undefined);
	});

	it("never get a signal that was meant for another one with the same pid", () => {
		const stranger = { pid: process.pid, startedAt: "long ago" };
		assert.equal(isRunning(stranger), false);
		assert.equal(signalProcess(stranger, "SIGKILL"), false);
	});

	it("end, also when they will not", async () => {
		const child = spawn(
			process.execPath,
			[
				"-e",
				"process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')",
			],
			{ stdio: ["ignore", "pipe", "ignore"] },
		);
		await new Promise((resolve) => child.stdout.once("data", resolve));
		const identity = identifyProcess(child.pid ?? 0);
		assert.ok(identity !== undefined);
		await endProcess(identity, { graceMs: 100 });
		assert.equal(isRunning(identity), false);
	});
});
