import assert from "node:assert/strict";
import {
	decide,
	inWindow,
	judgeWindow,
	nextWindow,
} from "../../golive/src/index.ts";
import { maintenanceWindow } from "../../golive/src/window.ts";
import {
	dayMs,
	decideIn,
	healthyWorld,
	isoOf,
	minuteMs,
	personOf,
	provenWorld,
	recordOf,
	signOff,
	type World,
} from "./fixture.ts";

const production = maintenanceWindow.parse({
	every: "first sunday",
	from: "02:00",
	to: "06:00",
});

describe("inWindow", () => {
	for (const [now, isIn] of [
		["2027-06-06T02:00:00Z", true],
		["2027-06-06T05:59:59.999Z", true],
		["2027-06-06T06:00:00Z", false],
		["2027-06-06T01:59:59.999Z", false],
		["2027-06-13T03:00:00Z", false],
		["2027-06-05T03:00:00Z", false],
		// The first Sunday is the seventh of the month, and the first.
		["2027-11-07T03:00:00Z", true],
		["2027-08-01T03:00:00Z", true],
		["2027-08-08T03:00:00Z", false],
		["no time", false],
	] as const) {
		it(`production at ${now}: ${isIn}`, () =>
			assert.equal(inWindow(Date.parse(now), production) !== undefined, isIn));
	}

	it("reads the wall clock of its zone, in summer and winter", () => {
		const paris = maintenanceWindow.parse({
			timeZone: "Europe/Paris",
			every: "sunday",
			from: "02:00",
			to: "06:00",
		});
		const at = (time: string) =>
			inWindow(Date.parse(time), paris) !== undefined;
		assert.equal(at("2027-07-04T00:00:00Z"), true);
		assert.equal(at("2027-07-04T04:00:00Z"), false);
		assert.equal(at("2027-01-03T00:30:00Z"), false);
		assert.equal(at("2027-01-03T01:00:00Z"), true);
		assert.equal(at("2027-01-03T04:59:59Z"), true);
	});

	it("is never longer than it says, also where clocks go back inside it", () => {
		const paris = maintenanceWindow.parse({
			timeZone: "Europe/Paris",
			every: "sunday",
			from: "01:00",
			to: "05:00",
		});
		// 31 October 2027: 03:00 becomes 02:00.
		const found = inWindow(Date.parse("2027-10-31T00:30:00Z"), paris);
		assert.equal((found?.endMs ?? 0) - (found?.startMs ?? 0), 240 * minuteMs);
	});

	it("goes on over midnight, and belongs to the day it began on", () => {
		const night = maintenanceWindow.parse({
			every: "first sunday",
			from: "23:00",
			to: "01:00",
		});
		const at = (time: string) =>
			inWindow(Date.parse(time), night) !== undefined;
		assert.equal(at("2027-06-06T23:30:00Z"), true);
		assert.equal(at("2027-06-07T00:59:00Z"), true);
		assert.equal(at("2027-06-06T00:30:00Z"), false);
	});

	it("says when the next one begins", () => {
		const next = nextWindow(Date.parse("2027-06-06T02:00:00Z"), production);
		assert.equal(isoOf(next?.startMs ?? 0), "2027-07-04T02:00:00.000Z");
	});

	for (const [change, message] of [
		[{ every: "second sunday" }, /expected .*a weekday/],
		[{ timeZone: "Mars/Olympus" }, /expected a time zone/],
		[{ from: "2:00" }, /expected a time such as/],
		[{ notify: ["all_users"] }, /expected who may say that notice was given/],
	] as const) {
		it(`refuses ${JSON.stringify(change)}`, () =>
			assert.throws(
				() =>
					maintenanceWindow.parse(
						Object.assign({ every: "day", from: "02:00", to: "04:00" }, change),
					),
				message,
			));
	}
});

describe("judgeWindow", () => {
	const judge = (world: World) => {
		const { checklist, trust, records, nowMs } = world;
		const decision = decideIn(world);
		return judgeWindow({ checklist, trust, records, nowMs, decision });
	};

	it("is open when everybody was told two weeks ahead and the window is approved", () => {
		const world = healthyWorld();
		tell(world);
		assert.deepEqual(judge(world).problems, []);
		assert.equal(judge(world).isOpen, true);
	});

	it("is closed outside, and names the next one", () => {
		const world = healthyWorld();
		tell(world);
		world.nowMs = Date.parse("2027-06-06T06:00:00Z");
		const { isOpen, problems } = judge(world);
		assert.equal(isOpen, false);
		assert.match(
			problems.join(),
			/expected first sunday 02:00-06:00 UTC, got 2027-06-06T06:00:00.000Z; the next one begins 2027-07-04T02:00:00.000Z/,
		);
	});

	for (const [what, changes, message] of [
		[
			"nobody was told",
			undefined,
			/notice: expected all_users, support_team, management to be told/,
		],
		[
			"they were told a minute too late",
			{ sentAt: isoOf(Date.parse("2027-05-23T02:01:00Z")) },
			/by 2027-05-23T02:00:00.000Z/,
		],
		[
			"one group was left out",
			{ groups: ["all_users", "management"] },
			/expected support_team to be told/,
		],
		[
			"they were told of another window",
			{ windowStart: "2027-07-04T02:00:00Z" },
			/to be told of the window of 2027-06-06/,
		],
		[
			"it is to be sent later than it was signed",
			{ signedAt: "2027-05-01T00:00:00Z" },
			/to be told/,
		],
		[
			"another role says so",
			{ role: "QA Team" },
			/got no word of it from Project Manager/,
		],
	] as const) {
		it(`is closed when ${what}, though it is approved`, () => {
			const world = healthyWorld();
			if (changes) tell(world, changes);
			assert.equal(judge(world).isOpen, false);
			assert.match(judge(world).problems.join(), message);
		});
	}

	it("is closed when another window was approved, or none", () => {
		for (const windowStart of ["2027-07-04T02:00:00Z", null]) {
			const world = healthyWorld({ windowStart });
			tell(world);
			assert.match(
				judge(world).problems.join(),
				/approval: expected Operations Manager to approve the window of 2027-06-06/,
			);
		}
	});

	it("is closed without a release to go back to", () => {
		const world = healthyWorld({ rollbackTo: null });
		tell(world);
		assert.match(judge(world).problems.join(), /rollback plan: expected/);
	});

	it("is always open for a stack without a window, never for an unknown one", () => {
		const world = signOff(provenWorld());
		const { checklist, trust, records, nowMs } = world;
		const bare = { ...checklist, stacks: { prod: {} } };
		const question = { ...world, checklist: bare };
		const decision = decide(question);
		const asked = { checklist: bare, trust, records, nowMs };
		assert.equal(judgeWindow({ ...asked, decision }).isOpen, true);
		const other = { ...decision, stack: "else" };
		assert.equal(judgeWindow({ ...asked, decision: other }).isOpen, false);
	});
});

interface Changes {
	readonly role?: string;
	readonly sentAt?: string;
	readonly signedAt?: string;
	readonly windowStart?: string;
	readonly groups?: readonly string[];
}

function tell(world: World, { groups, ...changes }: Changes = {}): void {
	const start = Date.parse("2027-06-06T02:00:00Z");
	const told = isoOf(start - 14 * dayMs);
	const role = changes.role ?? "Project Manager";
	world.records.push(
		recordOf(
			{
				type: "notice",
				body: {
					stack: "prod",
					release: world.context.release,
					windowStart: isoOf(start),
					groups: [...(groups ?? ["all_users", "support_team", "management"])],
					role,
					sentAt: told,
					signedAt: isoOf(start - 13 * dayMs),
					...changes,
				},
			},
			personOf(role),
		),
	);
}
