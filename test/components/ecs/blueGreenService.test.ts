import assert from "node:assert/strict";
import { programIn } from "../programs.ts";
import { containerOf } from "./tasks.ts";

const SERVICE = "aws:ecs/service:Service";
const COMMAND = "command:local:Command";
const RULE = "aws:lb/listenerRule:ListenerRule";
const names = ["trusted-login-frontend", "trusted-login-backend"];

describe("BlueGreenService", () => {
	for (const name of names) {
		it(`exchanges ${name} as a whole, and pauses before the switch`, async () => {
			const program = await programIn("backfill");
			const { inputs } = program.get(SERVICE, name);
			assert.equal(inputs.name, name);
			assert.equal(inputs.waitForSteadyState, true);
			assert.deepEqual(inputs.deploymentConfiguration, {
				strategy: "BLUE_GREEN",
				bakeTimeInMinutes: "5",
				lifecycleHooks: [
					{
						targetType: "PAUSE",
						lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
						timeoutConfiguration: {
							action: "ROLLBACK",
							timeoutInMinutes: "15",
						},
					},
				],
			});
		});

		it(`gives ECS both target groups and both rules of ${name}`, async () => {
			const program = await programIn("backfill");
			const arn = (role: string) => program.get(RULE, `${name}-${role}`).name;
			const { inputs } = program.get(SERVICE, name);
			const text = JSON.stringify(inputs.loadBalancers);
			for (const part of [
				`${name}-blue`,
				`${name}-green`,
				arn("production"),
				arn("test"),
				`${name}-shift`,
			]) {
				assert.ok(text.includes(`:${part}"`), part);
			}
		});

		it(`leaves the weights of ${name} to ECS`, async () => {
			const program = await programIn("backfill");
			for (const role of ["production", "test"]) {
				assert.deepEqual(program.get(RULE, `${name}-${role}`).ignoreChanges, [
					"actions",
				]);
			}
		});

		it(`checks ${name} beside its deployment and verifies it afterwards`, async () => {
			const program = await programIn("backfill");
			const service = program.get(SERVICE, name);
			const watch = program.get(COMMAND, `${name}-watch`);
			const verify = program.get(COMMAND, `${name}-verify`);
			assert.equal(watch.dependencies.includes(service.urn), false);
			assert.equal(service.dependencies.includes(watch.urn), false);
			assert.ok(verify.dependencies.includes(service.urn));
			assert.deepEqual(
				[watch.inputs.create, verify.inputs.create],
				["watch", "verify"],
			);
			for (const command of [watch, verify]) {
				assert.deepEqual(command.inputs.interpreter, [
					"node",
					"cutover/bin/cutover.mjs",
					"release",
				]);
			}
		});

		it(`starts no task of ${name} before its policies are there`, async () => {
			const program = await programIn("backfill");
			const { dependencies } = program.get(SERVICE, name);
			for (const [type, policy] of [
				["aws:iam/rolePolicy:RolePolicy", `${name}-execution`],
				["aws:iam/rolePolicyAttachment:RolePolicyAttachment", `${name}-shift`],
			] as const) {
				assert.ok(dependencies.includes(program.get(type, policy).urn), policy);
			}
		});

		it(`gives ${name} no address on the internet`, async () => {
			const program = await programIn("backfill");
			assert.deepEqual(program.get(SERVICE, name).inputs.networkConfiguration, {
				subnets: ["trusted-login-private-1-id", "trusted-login-private-2-id"],
				securityGroups: [`${name}-id`],
				assignPublicIp: false,
			});
		});
	}

	it("tells the smoke check where and as whom to look", async () => {
		const program = await programIn("backfill");
		const { inputs } = program.get(COMMAND, "trusted-login-backend-watch");
		const environment = JSON.stringify(inputs.environment);
		for (const part of [
			'"CUTOVER_SMOKE_URL":"https://trusted-login-edge.elb.amazonaws.com:8443"',
			'"CUTOVER_SMOKE_HOST":"api.trusted-login.com"',
			'"CUTOVER_SMOKE_KIND":"backend"',
			'"CUTOVER_SERVICE":"trusted-login-backend"',
			'"CUTOVER_TIMEOUT_SECONDS":"900"',
		]) {
			assert.ok(environment.includes(part), part);
		}
		assert.doesNotMatch(environment, /CUTOVER_CA_FILE/);
	});

	it("hands the backend its secrets by reference and its settings in the open", async () => {
		const container = containerOf(
			await programIn("backfill"),
			"trusted-login-backend",
		);
		assert.deepEqual(container.environment, {
			ALLOWED_ORIGIN: "https://trusted-login.com",
			API_DEPRECATION_DATE: "2026-12-01",
			API_SUNSET_DATE: "2027-06-30",
			UPLOADS: "s3://trusted-login-uploads-1234567/uploads",
		});
		assert.deepEqual(Object.keys(container.secrets), [
			"DATABASE_URL",
			"JWT_SECRET",
		]);
		assert.ok(
			Object.values(container.secrets).every((arn) =>
				arn.startsWith("arn:aws:secretsmanager"),
			),
		);
	});

	it("tells the frontend the API's public address", async () => {
		const { environment } = containerOf(
			await programIn("backfill"),
			"trusted-login-frontend",
		);
		assert.deepEqual(environment, {
			REACT_APP_API_URL: "https://api.trusted-login.com",
		});
	});

	it("keeps earlier revisions registered for a rollback", async () => {
		const program = await programIn("live");
		for (const { name, inputs } of program.ofType(
			"aws:ecs/taskDefinition:TaskDefinition",
		)) {
			assert.equal(inputs.skipDestroy, true, name);
		}
	});
});
