import assert from "node:assert/strict";
import {
	type Destroyed,
	destructionItem,
	judgeDestruction,
	parseChecklist,
} from "../../golive/src/index.ts";
import {
	checklistText,
	dayMs,
	evidenceRecord,
	isoOf,
	minuteMs,
	provenWorld,
	sha256,
	subject,
	type World,
	waiverRecord,
} from "./fixture.ts";

const hourMs = 60 * minuteMs;
const database: Destroyed = {
	operation: "replace",
	urn: "urn:pulumi:prod::trusted-login::trusted-login:database:Database$aws:rds/instance:Instance::db",
};
const item =
	"replace:trusted-login:database:Database$aws:rds/instance:Instance::db";
const bucket: Destroyed = {
	operation: "delete",
	urn: "urn:pulumi:prod::trusted-login::aws:s3/bucket:Bucket::uploads",
};

/** Everything proven and the drill an hour old, but nobody's word for the loss. */
const world = (): World => provenWorld();
const judge = (one: World, list: readonly Destroyed[] = [database]) =>
	judgeDestruction(one, list);
const waived = (changes: Parameters<typeof waiverRecord>[3] = {}): World => {
	const one = world();
	one.records.push(waiverRecord(item, "CTO", one, changes));
	return one;
};

describe("taking away what holds data", () => {
	it("needs nothing where nothing is taken away", () => {
		const one = { ...world(), records: [] };
		assert.equal(judge(one, []).isAllowed, true);
	});

	it("is allowed with a waiver and a fresh restore drill", () => {
		const answer = judge(waived());
		assert.deepEqual(answer.problems, []);
		assert.equal(answer.isAllowed, true);
		assert.deepEqual(answer.destroyed[0]?.waived?.signers, ["the CTO (CTO)"]);
	});

	it("is refused without a waiver, naming the resource and the waiver to give", () => {
		const { isAllowed, problems } = judge(world());
		assert.equal(isAllowed, false);
		assert.deepEqual(problems, [
			`replace of ${database.urn}: expected a decision maker's waiver for taking away what holds data, got none; run: cutover waive '${item}' --reason "..." --expires-hours 24 --stack prod --gate cutover --release 2.0.0`,
		]);
	});

	it("needs one for each resource", () => {
		const { problems } = judge(waived(), [database, bucket]);
		assert.equal(problems.length, 1);
		assert.match(problems[0] ?? "", /^delete of .*::uploads: expected/);
	});

	const bad: Record<string, (one: World) => Parameters<typeof waiverRecord>> = {
		"of another operation": (one) => [
			item.replace("replace", "delete"),
			"CTO",
			one,
		],
		"of another resource": (one) => [`${item}2`, "CTO", one],
		"by somebody who decides nothing": (one) => [item, "Support Manager", one],
		"of another stack": (one) => [item, "CTO", one, { stack: "staging" }],
		"of another release": (one) => [item, "CTO", one, { release: "1.9.0" }],
		"of another gate": (one) => [item, "CTO", one, { gate: "release" }],
		"that expired": (one) => [
			item,
			"CTO",
			one,
			{ expiresAt: isoOf(one.nowMs - 1) },
		],
		"that lasts longer than 72 hours": (one) => [
			item,
			"CTO",
			one,
			{ expiresAt: isoOf(one.nowMs + 4 * dayMs) },
		],
		"of the future": (one) => [
			item,
			"CTO",
			one,
			{ signedAt: isoOf(one.nowMs + hourMs) },
		],
	};
	for (const [title, recordOf] of Object.entries(bad)) {
		it(`is refused with a waiver ${title}`, () => {
			const one = world();
			one.records.push(waiverRecord(...recordOf(one)));
			const { problems } = judge(one);
			assert.match(problems.join("\n"), /replace of .*::db: expected/);
		});
	}

	it("is refused when the program is another one than the waiver's", () => {
		const one = waived();
		const later = { ...subject, tree: sha256("later") };
		one.context = { ...one.context, subject: later };
		assert.match(judge(one).problems.join("\n"), /replace of .*::db: expected/);
	});

	const withoutDrill = (one: World): World => ({
		...one,
		records: one.records.filter(
			({ text = "" }) =>
				!Buffer.from(JSON.parse(text).payload, "base64")
					.toString()
					.includes('"kind":"backup-drill"'),
		),
	});
	for (const [title, ageMs, message] of [
		["none", undefined, /restore drill of prod: expected fresh .* NOT_RUN/],
		["one of 23 hours ago", 23 * hourMs, undefined],
		[
			"one of 25 hours ago",
			25 * hourMs,
			/one of the last 24 hours, got one of/,
		],
		["one of the future", -hourMs, /restore drill of prod: expected fresh/],
	] as const) {
		it(`${message ? "is refused" : "is allowed"} with this restore drill: ${title}`, () => {
			const one = withoutDrill(waived());
			if (ageMs !== undefined) {
				one.records.push(
					evidenceRecord("backup-drill", "prod", one, {}, undefined, ageMs),
				);
			}
			const text = judge(one).problems.join("\n");
			if (message) assert.match(text, message);
			else assert.equal(text, "");
		});
	}

	it("is refused with another stack's drill, and with one that failed", () => {
		for (const [stack, changes] of [
			["staging", {}],
			["prod", { outcome: "failed" }],
			["prod", { numbers: {} }],
		] as const) {
			const one = withoutDrill(waived());
			one.records.push(evidenceRecord("backup-drill", stack, one, changes));
			assert.match(judge(one).problems.join("\n"), /restore drill of prod/);
		}
	});

	it("asks for a younger drill where golive.yaml says so, and knows its types", () => {
		const one = waived();
		one.checklist = parseChecklist(
			`${checklistText}\ndestruction: { drillWithin: 30 minutes, dataTypes: ["aws:sqs/queue:Queue"] }\n`,
		);
		assert.match(judge(one).problems.join("\n"), /last 0\.5 hours/);
		assert.deepEqual(one.checklist.destruction.dataTypes, [
			"aws:sqs/queue:Queue",
		]);
		assert.throws(
			() =>
				parseChecklist(
					`${checklistText}\ndestruction: { dataTypes: [Queue] }\n`,
				),
			/expected a type such as/,
		);
	});

	it("is refused when the clock cannot be right", () => {
		const one = waived();
		one.nowMs -= dayMs;
		assert.match(judge(one).problems.join("\n"), /^clock: /);
	});

	it("names a resource shortly, whatever it is called", () => {
		assert.equal(destructionItem(database), item);
		const long = { ...bucket, urn: `${bucket.urn}${"x".repeat(300)}` };
		assert.match(destructionItem(long), /^delete:sha256-[0-9a-f]{64}$/);
		const odd = destructionItem({ operation: "delete", urn: "urn:pulumi:x" });
		assert.match(odd, /^delete:sha256-/);
	});
});
