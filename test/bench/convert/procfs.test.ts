import assert from "node:assert/strict";
import {
	descendants,
	parseStat,
	parseStatusBytes,
} from "../../../bench/convert/procfs.ts";

const line = (name: string, fields: string) =>
	`4711 (${name}) S 1 ${fields} rest of it`;

describe("/proc as the bench reads it", () => {
	it("adds user and kernel time, of the process and of its ended children", () => {
		const text = line("postgres", "1 1 0 -1 0 0 0 0 0 100 20 3 4");
		assert.deepEqual(parseStat(text), {
			pid: 4711,
			parentPid: 1,
			ownTicks: 120,
			endedChildrenTicks: 7,
		});
	});

	it("takes names with blanks and brackets", () => {
		const text = line("tmux: (a) b", "1 1 0 -1 0 0 0 0 0 1 2 3 4");
		assert.equal(parseStat(text)?.ownTicks, 3);
	});

	it("answers nothing for a line that is cut short", () => {
		assert.equal(parseStat("4711 (postgres) S 1"), undefined);
		assert.equal(parseStat(""), undefined);
	});

	it("reads sizes in bytes, and 0 for a process that is gone", () => {
		const status = "Name:\tnode\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";
		assert.equal(parseStatusBytes(status, "VmHWM"), 2_097_152);
		assert.equal(parseStatusBytes(status, "VmRSS"), 1_048_576);
		assert.equal(parseStatusBytes("", "VmRSS"), 0);
	});

	it("finds children of children, and nobody else's", () => {
		const one = (pid: number, parentPid: number) => ({
			pid,
			parentPid,
			ownTicks: 0,
			endedChildrenTicks: 0,
		});
		const all = [one(1, 0), one(2, 1), one(3, 2), one(4, 3), one(5, 1)];
		const pids = descendants(all, new Set([2])).map(({ pid }) => pid);
		assert.deepEqual(pids, [2, 3, 4]);
	});
});
