import assert from "node:assert/strict";
import type { KindName } from "../../../golive/src/index.ts";
import { requireRollbackReady } from "../../../policies/src/requireRollbackReady.ts";
import { evidenceRecord, minuteMs, type World } from "../../golive/fixture.ts";
import { announcedWorld, gateIn, judgeGate } from "../gates.ts";

const hourMs = 60 * minuteMs;

/** A world whose evidence of a kind is that old; undefined takes it out. */
function aged(kind: KindName, stack: string, ageMs: number | undefined): World {
	return announcedWorld((world) => {
		world.records = world.records.filter(
			({ text = "" }) =>
				!Buffer.from(JSON.parse(text).payload, "base64")
					.toString()
					.includes(`"kind":"${kind}"`),
		);
		if (ageMs === undefined) return;
		world.records.push(
			evidenceRecord(kind, stack, world, {}, undefined, ageMs),
		);
	});
}

const messages = async (world: World, config: object = {}) =>
	(await judgeGate(requireRollbackReady, gateIn(world), config)).map(
		({ message }) => message,
	);

describe("requireRollbackReady", () => {
	it("accepts a young restore point and a young drill", async () => {
		assert.deepEqual(await messages(announcedWorld()), []);
	});

	it("refuses a restore point that is too old, to the millisecond", async () => {
		const at = (ageMs: number) => aged("backup-drill", "prod", ageMs);
		assert.deepEqual(await messages(at(24 * hourMs)), []);
		assert.deepEqual(await messages(at(24 * hourMs + 1)), [
			"trusted-login-prod: expected a restore point of the last 24 hours, restored on trial, got one of 2027-06-05T02:29:59.999Z; run: cutover backup drill",
		]);
	});

	it("takes both limits from the configuration", async () => {
		const config = { maxRestorePointHours: 2, maxDrillDays: 1 };
		const old = aged("backup-drill", "prod", 3 * hourMs);
		assert.match((await messages(old, config)).join(), /the last 2 hours/);
		const drill = aged("rollback-drill", "staging", 25 * hourMs);
		assert.match((await messages(drill, config)).join(), /the last 1 days/);
		assert.deepEqual(await messages(drill), []);
	});

	it("refuses what is missing", async () => {
		assert.match(
			(await messages(aged("backup-drill", "prod", undefined))).join(),
			/restored on trial, got NOT_RUN: no evidence/,
		);
		const undecided = gateIn(announcedWorld(), { answer: undefined });
		const found = await judgeGate(requireRollbackReady, undecided);
		assert.deepEqual(
			found.map(({ message }) => message.replace(/^.*, got /, "got ")),
			[
				"got no evidence; run: cutover backup drill",
				"got no evidence; rehearse the rollback",
			],
		);
	});

	it("asks nothing before anything is live", async () => {
		const found = gateIn(announcedWorld(), {
			gate: "provision",
			answer: undefined,
		});
		assert.deepEqual(await judgeGate(requireRollbackReady, found), []);
	});
});
