import assert from "node:assert/strict";
import {
	judgeHolder,
	parseElapsed,
	thisMachine,
} from "../../../rehearsal/engine/holder.ts";

const noon = new Date("2026-01-01T12:00:00Z");
const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);
const machine = (startedAt: Date | undefined) => ({
	hostname: "here",
	startedAt: () => startedAt,
});

describe("The holder of a lock", () => {
	const holder = { pid: 7, hostname: "here", since: noon };

	it("is dead when no process has its id", () => {
		assert.equal(judgeHolder(holder, machine(undefined)), "dead");
	});

	it("is alive while its process runs", () => {
		assert.equal(judgeHolder(holder, machine(minutes(-1))), "alive");
	});

	it("is dead when its id belongs to a process that started later", () => {
		assert.equal(judgeHolder(holder, machine(minutes(1))), "dead");
	});

	it("is alive when nobody knows since when it holds the lock", () => {
		const unknown = { pid: 7, hostname: "here" };
		assert.equal(judgeHolder(unknown, machine(minutes(1))), "alive");
	});

	it("is never called dead on another machine", () => {
		const elsewhere = { ...holder, hostname: "there" };
		assert.equal(judgeHolder(elsewhere, machine(undefined)), "elsewhere");
	});

	it("is found by asking the system", () => {
		const { hostname, startedAt } = thisMachine();
		const own = { pid: process.pid, hostname, since: new Date() };
		assert.equal(judgeHolder(own, thisMachine()), "alive");
		assert.equal(startedAt(2 ** 30), undefined);
		assert.equal(startedAt(-1), undefined);
	});

	it("is timed by what ps prints", () => {
		assert.equal(parseElapsed(" 00:05\n"), 5);
		assert.equal(parseElapsed("01:02:03"), 3723);
		assert.equal(parseElapsed("2-01:02:03"), 176_523);
		assert.equal(parseElapsed(""), undefined);
	});
});
