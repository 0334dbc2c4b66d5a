import assert from "node:assert/strict";
import fc from "fast-check";
import {
	environments,
	nextWindow,
	schedules,
} from "../../../cutover/src/status/maintenance.ts";

describe("the next maintenance window", () => {
	const table: readonly [keyof typeof schedules, string, string, string][] = [
		[
			"development",
			"2026-11-25T01:59:00Z",
			"2026-11-25T02:00:00Z",
			"today, when it is still to come",
		],
		[
			"development",
			"2026-11-25T03:59:59Z",
			"2026-11-25T02:00:00Z",
			"the one that is open",
		],
		[
			"development",
			"2026-11-25T04:00:00Z",
			"2026-11-26T02:00:00Z",
			"tomorrow's, once today's is over",
		],
		[
			"staging",
			"2026-11-25T12:00:00Z",
			"2026-11-29T01:00:00Z",
			"the next Sunday's",
		],
		[
			"production",
			"2026-11-25T12:00:00Z",
			"2026-12-06T02:00:00Z",
			"the first Sunday of the next month",
		],
		[
			"production",
			"2026-12-06T05:59:00Z",
			"2026-12-06T02:00:00Z",
			"the first Sunday's while it is open",
		],
		[
			"production",
			"2026-12-06T06:00:00Z",
			"2027-01-03T02:00:00Z",
			"next year's, once December's is over",
		],
		[
			"production",
			"2026-11-01T00:00:00Z",
			"2026-11-01T02:00:00Z",
			"today, when the month begins with a Sunday",
		],
	];
	for (const [environment, now, start, what] of table) {
		it(`of ${environment} is ${what}`, () => {
			const window = nextWindow(schedules[environment], new Date(now));
			assert.equal(window.start.toISOString().replace(".000Z", "Z"), start);
		});
	}

	it("never is over, and never begins on a wrong day, whatever the time is", () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...environments),
				fc.date({
					min: new Date("2026-01-01T00:00:00Z"),
					max: new Date("2040-01-01T00:00:00Z"),
					noInvalidDate: true,
				}),
				(environment, now) => {
					const { start, end } = nextWindow(schedules[environment], now);
					assert.ok(end > now);
					if (environment !== "development") {
						assert.equal(start.getUTCDay(), 0);
					}
					if (environment === "production") {
						assert.ok(start.getUTCDate() <= 7);
					}
				},
			),
		);
	});
});
