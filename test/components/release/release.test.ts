import assert from "node:assert/strict";
import { containerOf } from "../ecs/tasks.ts";
import { programIn } from "../programs.ts";
import { digest } from "../recording.ts";

const COMMAND = "command:local:Command";
const SERVICE = "aws:ecs/service:Service";

describe("Release", () => {
	it("declares nothing that needs an image in phase provision", async () => {
		const program = await programIn("provision");
		for (const type of [
			COMMAND,
			SERVICE,
			"aws:ecs/taskDefinition:TaskDefinition",
			"trusted-login:release:Release",
		]) {
			assert.deepEqual(program.ofType(type), [], type);
		}
		assert.deepEqual(program.outputs.releaseDigests, {});
	});

	it("copies and serves, but does not fence, in phase backfill", async () => {
		const program = await programIn("backfill");
		assert.deepEqual(
			program
				.ofType(COMMAND)
				.map(({ name }) => name)
				.sort(),
			[
				"trusted-login-backend-verify",
				"trusted-login-backend-watch",
				"trusted-login-convert",
				"trusted-login-frontend-verify",
				"trusted-login-frontend-watch",
				"trusted-login-schema",
			],
		);
	});

	it("runs schema, then convert, then both services, then the final sync", async () => {
		const program = await programIn("live");
		const command = (name: string) => program.get(COMMAND, name);
		const schema = command("trusted-login-schema");
		const convert = command("trusted-login-convert");
		const finalSync = command("trusted-login-final-sync");
		assert.ok(convert.dependencies.includes(schema.urn));
		assert.ok(
			program
				.get(SERVICE, "trusted-login-backend")
				.dependencies.includes(schema.urn),
		);
		for (const earlier of [
			convert,
			command("trusted-login-frontend-verify"),
			command("trusted-login-backend-verify"),
		]) {
			assert.ok(finalSync.dependencies.includes(earlier.urn), earlier.name);
		}
	});

	it("starts the backend's check no sooner than the backend", async () => {
		const program = await programIn("live");
		const schema = program.get(COMMAND, "trusted-login-schema");
		const watch = program.get(COMMAND, "trusted-login-backend-watch");
		assert.ok(watch.dependencies.includes(schema.urn));
	});

	it("waits for the secrets and the network before the first job", async () => {
		const program = await programIn("live");
		const schema = program.get(COMMAND, "trusted-login-schema");
		for (const version of program.ofType(
			"aws:secretsmanager/secretVersion:SecretVersion",
		)) {
			assert.ok(schema.dependencies.includes(version.urn), version.name);
		}
		for (const route of program.ofType("aws:ec2/route:Route")) {
			assert.ok(program.isOrdered(route, schema), route.name);
		}
	});

	for (const [role, command] of [
		["schema", ["schema", "apply"]],
		["convert", ["convert"]],
		["final-sync", ["final-sync"]],
	] as const) {
		it(`runs ${role} again with another image or command, without a shell`, async () => {
			const program = await programIn("live");
			const { inputs } = program.get(COMMAND, `trusted-login-${role}`);
			assert.deepEqual(inputs.interpreter, [
				"node",
				"cutover/bin/cutover.mjs",
				"job",
			]);
			assert.equal(inputs.create, "run");
			assert.deepEqual(inputs.triggers, [digest("c"), command]);
			assert.deepEqual(
				containerOf(program, `trusted-login-${role}`).command,
				command,
			);
		});

		it(`connects ${role} to the target as RDS's own user, over TLS`, async () => {
			const program = await programIn("live");
			const { environment, secrets } = containerOf(
				program,
				`trusted-login-${role}`,
			);
			assert.equal(
				environment.TARGET_DATABASE_URL,
				"postgresql:///trusted_login",
			);
			assert.deepEqual(
				[environment.PGHOST, environment.PGPORT, environment.PGSSLMODE],
				["trusted-login-db.rds.amazonaws.com", "5432", "require"],
			);
			assert.match(secrets.PGUSER ?? "", /-master:username::$/);
			assert.match(secrets.PGPASSWORD ?? "", /-master:password::$/);
		});
	}

	it("tells a job where to run and how long", async () => {
		const program = await programIn("live");
		const { inputs } = program.get(COMMAND, "trusted-login-convert");
		const environment = JSON.stringify(inputs.environment);
		for (const part of [
			'"CUTOVER_CLUSTER":"trusted-login-cluster"',
			'"CUTOVER_SUBNETS":"trusted-login-private-1-id,trusted-login-private-2-id"',
			'"CUTOVER_SECURITY_GROUPS":"trusted-login-convert-id"',
			'"CUTOVER_LOG_GROUP":"/ecs/trusted-login-convert"',
			'"CUTOVER_TIMEOUT_SECONDS":"14400"',
		]) {
			assert.ok(environment.includes(part), part);
		}
	});

	it("gives the jobs that copy files both ends", async () => {
		const program = await programIn("live");
		for (const role of ["convert", "final-sync"]) {
			const { environment, secrets, mountPoints } = containerOf(
				program,
				`trusted-login-${role}`,
			);
			assert.equal(environment.FILES_SOURCE, "/srv/uploads");
			assert.equal(
				environment.FILES_TARGET,
				"s3://trusted-login-uploads-1234567/uploads",
			);
			assert.match(secrets.SOURCE_DATABASE_URL ?? "", /legacy-database-url$/);
			assert.deepEqual(mountPoints, [
				{
					sourceVolume: "files",
					containerPath: "/srv/uploads",
					readOnly: true,
				},
			]);
		}
	});
});
