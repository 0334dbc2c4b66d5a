import assert from "node:assert/strict";
import type {
	RunningTask,
	TaskState,
} from "../../../cutover/src/adapters/ecs.ts";
import { silentTalk } from "../../../cutover/src/console.ts";
import { outcomeOfExit, runJob } from "../../../cutover/src/jobs/run.ts";

const settings = {
	cluster: "c",
	taskDefinition: "arn:td/convert:1",
	subnets: ["subnet-1"],
	securityGroups: ["sg-1"],
	logGroup: "/ecs/convert",
	timeoutSeconds: 5,
};

/** Services that answer from a script of states; a stop ends the task. */
function fake(
	states: TaskState[],
	lines: string[] = [],
	running: RunningTask[] = [],
) {
	const starts: string[] = [];
	const stops: string[] = [];
	const streams: string[] = [];
	return {
		starts,
		stops,
		streams,
		ports: {
			pollIntervalMs: 1,
			openLog: async (group: string, stream: string) => {
				streams.push(`${group}:${stream}`);
				return { next: async () => lines.splice(0, 1) };
			},
			tasks: {
				running: async () => running,
				start: async () => {
					starts.push("arn:task/c/abc");
					return "arn:task/c/abc";
				},
				logPlace: async () => ({ prefix: "convert", container: "job" }),
				stop: async (_cluster: string, _task: string, reason: string) => {
					stops.push(reason);
					states.splice(0, states.length, {
						status: "STOPPED",
						exitCode: 137,
						stoppedReason: reason,
					});
				},
				state: async () => (states.length > 1 ? states.shift() : states[0]),
			},
		},
	};
}

describe("runJob", () => {
	const never = new AbortController().signal;

	it("passes when the container exits 0, and reads the task's own stream", async () => {
		const { ports, streams } = fake([
			{ status: "PENDING" },
			{ status: "RUNNING" },
			{ status: "STOPPED", exitCode: 0 },
		]);
		const result = await runJob(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "passed");
		assert.deepEqual(streams, ["/ecs/convert:convert/job/abc"]);
	});

	it("joins the task that an interrupted update left running, and starts no second one", async () => {
		const { ports, starts, streams } = fake(
			[{ status: "RUNNING" }, { status: "STOPPED", exitCode: 0 }],
			[],
			[{ arn: "arn:task/c/left", taskDefinition: settings.taskDefinition }],
		);
		const result = await runJob(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "passed");
		assert.deepEqual(starts, []);
		assert.deepEqual(streams, ["/ecs/convert:convert/job/left"]);
	});

	it("ends a task of another version before it starts its own", async () => {
		const { ports, starts, stops } = fake(
			[{ status: "RUNNING" }],
			[],
			[{ arn: "arn:task/c/old", taskDefinition: "arn:td/convert:0" }],
		);
		await runJob(settings, ports, silentTalk, never);
		assert.deepEqual(stops, ["cutover: superseded"]);
		assert.deepEqual(starts, ["arn:task/c/abc"]);
	});

	it("fails with the last log lines and the reason", async () => {
		const { ports } = fake(
			[
				{ status: "RUNNING" },
				{
					status: "STOPPED",
					exitCode: 1,
					stoppedReason: "Essential container exited",
				},
			],
			["first", "last"],
		);
		const result = await runJob(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "failed");
		assert.equal(
			result.checks[0]?.actual,
			"exit code 1; Essential container exited",
		);
		assert.deepEqual(result.checks[0]?.details, ["first", "last"]);
	});

	it("fails when the container never started", async () => {
		const { ports } = fake([
			{ status: "STOPPED", stoppedReason: "CannotPullContainerError" },
		]);
		const result = await runJob(settings, ports, silentTalk, never);
		assert.equal(
			result.checks[0]?.actual,
			"no exit code; CannotPullContainerError",
		);
	});

	it("stops a task that takes too long", async () => {
		const { ports, stops } = fake([{ status: "RUNNING" }]);
		const result = await runJob(
			{ ...settings, timeoutSeconds: 0.01 },
			ports,
			silentTalk,
			never,
		);
		assert.equal(result.outcome, "failed");
		assert.deepEqual(stops, ["cutover: not done within 0.01 s"]);
	});

	it("stops the task when it is asked to stop itself", async () => {
		const { ports, stops } = fake([{ status: "RUNNING" }]);
		const stop = new AbortController();
		setTimeout(() => stop.abort(), 5);
		const result = await runJob(settings, ports, silentTalk, stop.signal);
		assert.equal(result.outcome, "failed");
		assert.deepEqual(stops, ["cutover: the update was stopped"]);
	});
});

describe("outcomeOfExit", () => {
	it("keeps unclear apart from failed", () => {
		assert.deepEqual([0, 1, 2, 3, undefined].map(outcomeOfExit), [
			"passed",
			"failed",
			"failed",
			"inconclusive",
			"failed",
		]);
	});
});
