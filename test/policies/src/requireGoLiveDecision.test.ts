import assert from "node:assert/strict";
import { requireGoLiveDecision } from "../../../policies/src/requireGoLiveDecision.ts";
import { announcedWorld, gateIn, judgeGate } from "../gates.ts";

const noTests = announcedWorld((world) => {
	world.records = world.records.filter(
		({ text = "" }) =>
			!Buffer.from(JSON.parse(text).payload, "base64")
				.toString()
				.includes('"kind":"tests"'),
	);
});

describe("requireGoLiveDecision", () => {
	it("accepts GO", async () => {
		const found = gateIn(announcedWorld());
		assert.deepEqual(found.problems, []);
		assert.deepEqual(await judgeGate(requireGoLiveDecision, found), []);
	});

	it("refuses a missing proof, at a level that no configuration lowers", async () => {
		const [first, ...others] = await judgeGate(
			requireGoLiveDecision,
			gateIn(noTests),
		);
		assert.equal(
			first?.message,
			"trusted-login-prod: expected GO for gate cutover, release 2.0.0, got NO-GO: All critical tests passing (all-critical-tests-passing, QA Team): NOT_RUN: tests of staging: NOT_RUN: no evidence; it comes from cutover evidence record tests, after npm test; run: cutover decide --stack prod --gate cutover",
		);
		for (const { level } of [first, ...others]) {
			assert.equal(level, "mandatory");
		}
	});

	it("refuses what cannot be decided at all", async () => {
		const found = gateIn(noTests, {
			answer: undefined,
			release: undefined,
			problems: ["trusted keys: expected CUTOVER_TRUST"],
		});
		const [only] = await judgeGate(requireGoLiveDecision, found);
		assert.match(
			only?.message ?? "",
			/release \(none named\), got NO-GO: trusted keys: expected CUTOVER_TRUST/,
		);
	});

	it("advises on a stack that is pinned as advisory, and says nothing where nothing was asked", async () => {
		const levels = async (changes: object) =>
			(await judgeGate(requireGoLiveDecision, gateIn(noTests, changes))).map(
				({ level }) => level,
			);
		assert.equal(new Set(await levels({ isAdvisory: true })).size, 1);
		assert.ok((await levels({ isAdvisory: true })).includes("advisory"));
		assert.deepEqual(await levels({ isUnasked: true }), []);
	});

	it("leaves the window to its own rule", async () => {
		const world = announcedWorld();
		world.nowMs += 6 * 3_600_000;
		const found = gateIn(world);
		assert.match(found.problems.join(), /window: expected first sunday/);
		assert.deepEqual(await judgeGate(requireGoLiveDecision, found), []);
	});

	it("speaks of the stack's own resource, and of our project, only", async () => {
		const found = gateIn(noTests);
		const rule = requireGoLiveDecision;
		assert.deepEqual(await judgeGate(rule, found, {}, "aws:ec2/vpc:Vpc"), []);
		assert.deepEqual(await judgeGate(rule, undefined), []);
	});

	it("has no setting that would let it be talked out of it", async () => {
		await assert.rejects(
			judgeGate(requireGoLiveDecision, gateIn(noTests), {
				advisoryStacks: ["prod"],
			}),
			/expected settings none, got advisoryStacks/,
		);
	});
});
