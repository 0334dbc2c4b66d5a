import assert from "node:assert/strict";
import { requireMaintenanceWindow } from "../../../policies/src/requireMaintenanceWindow.ts";
import type { World } from "../../golive/fixture.ts";
import { announcedWorld, gateIn, judgeGate } from "../gates.ts";

const messages = async (world: World) =>
	(await judgeGate(requireMaintenanceWindow, gateIn(world))).map(
		({ message, level }) => `${level}: ${message}`,
	);

describe("requireMaintenanceWindow", () => {
	it("accepts an open window that was announced and approved", async () => {
		assert.deepEqual(await messages(announcedWorld()), []);
	});

	it("refuses a moment outside", async () => {
		const world = announcedWorld();
		world.nowMs = Date.parse("2027-06-06T06:00:00Z");
		assert.deepEqual(await messages(world), [
			"mandatory: trusted-login-prod: expected an open maintenance window of prod, got none: window: expected first sunday 02:00-06:00 UTC, got 2027-06-06T06:00:00.000Z; the next one begins 2027-07-04T02:00:00.000Z; wait for the next one, or have golive.yaml changed and signed off",
		]);
	});

	it("refuses a window that nobody was told of", async () => {
		const world = announcedWorld((one) => {
			one.records.pop();
		});
		assert.match(
			(await messages(world)).join("\n"),
			/^mandatory: .*got none: notice: expected all_users, support_team, management to be told.*$/,
		);
	});

	it("refuses one without a way back", async () => {
		const world = announcedWorld((one) => {
			one.rollbackTo = null;
		});
		assert.match(
			(await messages(world)).join("\n"),
			/rollback plan: expected a release to go back to/,
		);
	});

	it("says nothing where nothing could be judged: that is the decision's to say", async () => {
		const found = gateIn(announcedWorld(), {
			answer: undefined,
			problems: ["x"],
		});
		assert.deepEqual(await judgeGate(requireMaintenanceWindow, found), []);
	});
});
