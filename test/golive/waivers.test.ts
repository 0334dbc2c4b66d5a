import assert from "node:assert/strict";
import {
	dayMs,
	decideIn,
	isoOf,
	minuteMs,
	provenWorld,
	sha256,
	signOff,
	subject,
	type WaiverBody,
	type World,
	waiverRecord,
} from "./fixture.ts";

const item = "support-team-ready";

function broken(): World {
	const world = provenWorld();
	world.records = world.records.filter(
		({ text = "" }) =>
			!Buffer.from(JSON.parse(text).payload, "base64")
				.toString()
				.includes(`"${item}"`),
	);
	return world;
}

function waive(
	world: World,
	roles: readonly string[],
	changes: Partial<WaiverBody> = {},
) {
	for (const role of roles) {
		world.records.push(
			waiverRecord(item, role, world, { emergency: true, ...changes }),
		);
	}
	return decideIn(signOff(world));
}

describe("waivers", () => {
	it("two decision makers let a mandatory criterion through in an emergency, loudly", () => {
		const decision = waive(broken(), ["CTO", "Product Manager"]);
		assert.deepEqual(decision.blockers, []);
		assert.equal(decision.decision, "GO");
		assert.match(
			decision.emergencies.join(),
			/Support team ready .* waived by .*CTO.* and .*Product Manager.* until .*: the printer is on fire/,
		);
		const state = decision.criteria.find(({ id }) => id === item);
		assert.equal(state?.status, "WAIVED");
	});

	for (const [what, roles, changes] of [
		["one decision maker", ["CTO"], {}],
		["the same one twice", ["CTO", "CTO"], {}],
		["somebody who decides nothing", ["CTO", "QA Team"], {}],
		[
			"two who did not call it an emergency",
			["CTO", "Product Manager"],
			{ emergency: false },
		],
		[
			"an expiry of more than a day",
			["CTO", "Product Manager"],
			{ expiresAt: isoOf(provenWorld().nowMs + 2 * dayMs) },
		],
		[
			"one that has expired",
			["CTO", "Product Manager"],
			{ expiresAt: isoOf(provenWorld().nowMs) },
		],
		["one for another gate", ["CTO", "Product Manager"], { gate: "release" }],
		[
			"one for another release",
			["CTO", "Product Manager"],
			{ release: "1.0.0" },
		],
		["one for another stack", ["CTO", "Product Manager"], { stack: "staging" }],
		[
			"one from the future",
			["CTO", "Product Manager"],
			{ signedAt: isoOf(provenWorld().nowMs + 60 * minuteMs) },
		],
	] as const) {
		it(`${what} do not let it through`, () => {
			const decision = waive(broken(), roles, changes);
			assert.equal(decision.decision, "NO-GO");
			assert.match(decision.blockers.join(), new RegExp(item));
		});
	}

	it("an emergency waiver for another commit lets nothing through", () => {
		const world = broken();
		const context = {
			...world.context,
			subject: { ...subject, tree: sha256("x") },
		};
		for (const role of ["CTO", "Product Manager"]) {
			world.records.push(
				waiverRecord(item, role, { ...world, context }, { emergency: true }),
			);
		}
		assert.equal(decideIn(signOff(world)).decision, "NO-GO");
	});

	it("one decision maker waives an item, which completes it", () => {
		const world = provenWorld();
		const id = "alert-thresholds-configured";
		world.records = world.records.filter(
			({ text = "" }) =>
				!Buffer.from(JSON.parse(text).payload, "base64")
					.toString()
					.includes(id),
		);
		assert.equal(decideIn(world).categories[2]?.reached, false);
		world.records.push(waiverRecord(id, "CTO", world));
		const decision = decideIn(signOff(world));
		assert.equal(decision.decision, "GO");
		assert.equal(decision.emergencies.length, 0);
		const state = decision.items.find((one) => one.id === id);
		assert.deepEqual(
			[state?.state, state?.status, state?.waived?.reason],
			["completed", "WAIVED", "the printer is on fire"],
		);
	});

	it("two decision makers stand in for the third who cannot be reached", () => {
		const world = provenWorld();
		for (const role of ["CTO", "Product Manager"]) {
			world.records.push(
				waiverRecord("sign-off:Operations Manager", role, world, {
					emergency: true,
				}),
			);
		}
		signOff(world);
		world.records.pop();
		const decision = decideIn(world);
		assert.deepEqual(decision.blockers, []);
		assert.match(
			decision.emergencies.join(),
			/sign-off of Operations Manager: waived by/,
		);
	});
});
