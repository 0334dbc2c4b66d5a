import assert from "node:assert/strict";
import { requireLogRetention } from "../../../policies/src/requireLogRetention.ts";
import { type Judged, messagesOf, remedied, unknown } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const days = ["retentionInDays"] as const;
const logGroup: Judged = {
	type: "aws:cloudwatch/logGroup:LogGroup",
	props: { retentionInDays: 30 },
};
const wrong = (got: string) =>
	`expected retentionInDays of at least 7 days, got ${got}; set retentionInDays: 7 or more`;

describe("requireLogRetention", () => {
	testRule({
		policy: requireLogRetention,
		compliant: { logGroup },
		broken: [
			["5 days", "logGroup", days, 5, wrong("5")],
			["logs for ever", "logGroup", days, 0, wrong("0, which is for ever")],
		],
		needed: [["logGroup", days]],
	});

	const remedies: [string, unknown, unknown][] = [
		["gives a group without one a year", undefined, 365],
		["gives a group that keeps for ever a year", 0, 365],
		["lengthens what is too short, and no more", 1, 7],
	];
	for (const [title, before, after] of remedies) {
		it(`${title}; once`, async () => {
			const once = await remedied(
				requireLogRetention(),
				change(logGroup, days, before),
			);
			assert.deepEqual(once, { retentionInDays: after });
			const again = { ...logGroup, props: { ...once } };
			assert.equal(await remedied(requireLogRetention(), again), undefined);
			assert.deepEqual(await messagesOf(requireLogRetention(), again), []);
		});
	}

	it("sets only numbers of days that CloudWatch takes", async () => {
		const short = change(logGroup, days, 1);
		const config = { minDays: 100, unsetDays: 10 };
		for (const resource of [short, change(logGroup, days, undefined)]) {
			assert.deepEqual(
				await remedied(requireLogRetention(), resource, config),
				{ retentionInDays: 120 },
			);
		}
	});

	it("leaves alone what a preview cannot know, and other types", async () => {
		for (const resource of [
			change(logGroup, days, unknown),
			{ ...logGroup, type: "aws:ec2/eip:Eip", props: {} },
		]) {
			assert.equal(await remedied(requireLogRetention(), resource), undefined);
		}
	});
});
