import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { callJsonApi } from "../../../../rehearsal/cloud/api.ts";
import { logStreamFile } from "../../../../rehearsal/cloud/logs/files.ts";
import { createTestCloud, type TestCloud } from "../testCloud.ts";

describe("logs", () => {
	let test: TestCloud;
	beforeEach(async () => {
		test = createTestCloud();
		await test.create("aws:cloudwatch/logGroup:LogGroup", { name: "/ecs/app" });
		write("app/task/1", "one\ntwo\nthree\n");
		write("app/task/2", "2099-01-01T00:00:00.000Z late\nstill late\n");
	});
	afterEach(() => test.remove());

	function write(stream: string, text: string): void {
		const file = logStreamFile(test.cloud.root, "/ecs/app", stream);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text);
	}
	async function call(action: string, input: Record<string, unknown>) {
		const { body } = await callJsonApi(
			`Logs_20140328.${action}`,
			{ logGroupName: "/ecs/app", ...input },
			test.cloud,
		);
		return body as {
			events: { message: string; timestamp: number }[];
			logStreams: { logStreamName: string }[];
			nextForwardToken: string;
			nextToken?: string;
			__type?: string;
		};
	}
	const messages = (answer: { events: { message: string }[] }) =>
		answer.events.map((event) => event.message);

	it("are read in pages, and the token stays at the end", async () => {
		const request = { logStreamName: "app/task/1", startFromHead: true };
		const first = await call("GetLogEvents", { ...request, limit: 2 });
		assert.deepEqual(messages(first), ["one", "two"]);
		const second = await call("GetLogEvents", {
			...request,
			nextToken: first.nextForwardToken,
		});
		assert.deepEqual(messages(second), ["three"]);
		const end = await call("GetLogEvents", {
			...request,
			nextToken: second.nextForwardToken,
		});
		assert.deepEqual(messages(end), []);
		assert.equal(end.nextForwardToken, second.nextForwardToken);
	});

	it("give the last lines when nobody asks for the head", async () => {
		const tail = await call("GetLogEvents", {
			logStreamName: "app/task/1",
			limit: 2,
		});
		assert.deepEqual(messages(tail), ["two", "three"]);
	});

	it("take the time from lines that have one", async () => {
		const late = await call("FilterLogEvents", {
			startTime: Date.parse("2098-01-01"),
		});
		assert.deepEqual(messages(late), [
			"2099-01-01T00:00:00.000Z late",
			"still late",
		]);
	});

	it("are filtered by text and stream", async () => {
		assert.deepEqual(
			messages(await call("FilterLogEvents", { filterPattern: '"two"' })),
			["two"],
		);
		const streams = await call("DescribeLogStreams", {
			logStreamNamePrefix: "app/task/2",
		});
		assert.deepEqual(
			streams.logStreams.map((s) => s.logStreamName),
			["app/task/2"],
		);
	});

	it("of a group or stream that is not there are an error", async () => {
		const group = await call("GetLogEvents", { logGroupName: "/none" });
		assert.equal(group.__type, "ResourceNotFoundException");
		const stream = await call("GetLogEvents", { logStreamName: "none" });
		assert.equal(stream.__type, "ResourceNotFoundException");
	});

	it("stay inside their folder", () => {
		assert.throws(() => logStreamFile("/root", "/a/../../b", "s"));
		assert.throws(() => logStreamFile("/root", "/a", "../s"));
	});
});
