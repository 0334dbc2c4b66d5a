import assert from "node:assert/strict";
import { programIn } from "../programs.ts";

const RULE = "aws:lb/listenerRule:ListenerRule";
const parts = [
	["frontend", "trusted-login.com", 10],
	["api", "api.trusted-login.com", 11],
] as const;

describe("LegacyHold", () => {
	for (const phase of ["provision", "backfill"] as const) {
		it(`sends everyone to the legacy system in phase ${phase}`, async () => {
			const program = await programIn(phase);
			for (const [part, domain, priority] of parts) {
				const { inputs } = program.get(RULE, `trusted-login-legacy-${part}`);
				assert.equal(inputs.priority, priority);
				assert.deepEqual(inputs.conditions, [
					{ hostHeader: { values: [domain] } },
				]);
			}
		});
	}

	it("holds only operators who ask for it in phase live", async () => {
		const program = await programIn("live");
		for (const [part, domain] of parts) {
			assert.deepEqual(
				program.get(RULE, `trusted-login-legacy-${part}`).inputs.conditions,
				[
					{ hostHeader: { values: [domain] } },
					{
						httpHeader: {
							httpHeaderName: "X-Cutover-Target",
							values: ["legacy"],
						},
					},
					{ sourceIp: { values: ["203.0.113.0/24"] } },
				],
			);
		}
	});

	it("lets go only after the final sync has succeeded", async () => {
		const program = await programIn("live");
		const finalSync = program.get(
			"command:local:Command",
			"trusted-login-final-sync",
		);
		for (const [part] of parts) {
			const rule = program.get(RULE, `trusted-login-legacy-${part}`);
			assert.ok(rule.dependencies.includes(finalSync.urn), part);
		}
	});

	it("takes traffic back without waiting for anything that runs", async () => {
		const program = await programIn("backfill");
		const running = program.resources.filter(({ type }) =>
			["command:local:Command", "aws:ecs/service:Service"].includes(type),
		);
		for (const [part] of parts) {
			const rule = program.get(RULE, `trusted-login-legacy-${part}`);
			const waitsFor = running.filter(({ urn }) =>
				rule.dependencies.includes(urn),
			);
			assert.deepEqual(waitsFor, []);
		}
	});

	it("reaches the legacy system outside the VPC", async () => {
		const program = await programIn("provision");
		const targets = program
			.ofType("aws:lb/targetGroupAttachment:TargetGroupAttachment")
			.map(({ inputs }) => [
				inputs.targetId,
				inputs.port,
				inputs.availabilityZone,
			]);
		assert.deepEqual(targets.sort(), [
			["10.20.0.10", 3000, "all"],
			["10.20.0.11", 8007, "all"],
		]);
	});

	it("stays in front of the services' own rules", async () => {
		const program = await programIn("live");
		const priorities = program
			.ofType(RULE)
			.map(({ name, inputs }) => [inputs.priority, name]);
		assert.deepEqual(priorities.sort(), [
			[10, "trusted-login-legacy-frontend"],
			[100, "trusted-login-frontend-production"],
			[100, "trusted-login-frontend-test"],
			[101, "trusted-login-backend-production"],
			[101, "trusted-login-backend-test"],
			[11, "trusted-login-legacy-api"],
		]);
	});
});
