import assert from "node:assert/strict";
import {
	minutesOfDay,
	minutesOfWeek,
	windowsOverlap,
} from "../../settings/src/windows.ts";

describe("minutesOfDay", () => {
	it("reads a window, also over midnight", () => {
		assert.deepEqual(minutesOfDay("03:00-04:00"), { start: 180, end: 240 });
		assert.deepEqual(minutesOfDay("23:45-00:15"), { start: 1425, end: 1455 });
	});
	for (const text of [
		"",
		"3:00-4:00",
		"03:00",
		"24:00-01:00",
		"03:00-03:20",
		"03:00-03:00",
		"03:00-04:00-05:00",
	]) {
		it(`refuses ${JSON.stringify(text)}`, () =>
			assert.equal(minutesOfDay(text), undefined));
	}
});

describe("minutesOfWeek", () => {
	it("reads a window, also over the end of the week", () => {
		assert.deepEqual(minutesOfWeek("mon:00:00-mon:00:30"), {
			start: 0,
			end: 30,
		});
		assert.deepEqual(minutesOfWeek("sun:23:30-mon:00:30"), {
			start: 10050,
			end: 10110,
		});
	});
	for (const text of [
		"sunday:04:00-sunday:05:00",
		"04:00-05:00",
		"sun:04:00-sun:04:10",
		"sun:04:00-tue:04:00",
	]) {
		it(`refuses ${JSON.stringify(text)}`, () =>
			assert.equal(minutesOfWeek(text), undefined));
	}
});

describe("windowsOverlap", () => {
	const cases: [string, string, boolean][] = [
		["03:00-04:00", "sun:04:00-sun:05:00", false],
		["03:00-04:01", "sun:04:00-sun:05:00", true],
		["23:30-00:30", "mon:00:00-mon:01:00", true],
		["00:00-00:30", "sun:23:30-mon:00:10", true],
		["12:00-13:00", "sun:23:30-mon:00:10", false],
		["malformed", "sun:23:30-mon:00:10", false],
	];
	for (const [daily, weekly, expected] of cases) {
		it(`says ${expected} of ${daily} and ${weekly}`, () =>
			assert.equal(windowsOverlap(daily, weekly), expected));
	}
});
