import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readGate } from "../../golive/src/read/index.ts";
import { sha256 } from "../golive/fixture.ts";
import { attacks } from "./bypass/attacks.ts";
import { healthyVariant } from "./bypass/healthy.ts";
import { checklistWithWindow, images, Stage } from "./bypass/stage.ts";
import { type S3Server, startS3Server } from "./s3Server.ts";

/** Every attempt: refused, the message names what is missing, and nothing was made or changed. */
describe("bypass: getting round the gate on the real engine", () => {
	const stage = new Stage();
	before(async () => {
		await stage.open();
	});
	after(() => stage.close());

	/** Runs an update that must not happen. */
	async function refused(
		names: RegExp,
		args?: readonly string[],
		environment: Record<string, string> = stage.runner(),
	): Promise<string> {
		const held = stage.held();
		const { exitCode, stdout, stderr } = await stage.up(args, environment);
		assert.notEqual(exitCode, 0, stdout);
		assert.match(stdout + stderr, names);
		assert.equal(stage.held(), held);
		return stdout;
	}

	const noEvidence = () => {
		stage.write({ records: [] });
		return /all-critical-tests-passing.*NOT_RUN/;
	};

	it("makes nothing on a stack that is empty", async () => {
		await refused(noEvidence());
		assert.doesNotMatch(stage.held(), /database/);
	});

	it("lets a healthy update through, with the pack and after a preview", async () => {
		stage.write(stage.world());
		const { exitCode, stdout } = await stage.up(["--policy-pack", stage.pack], {
			...stage.runner(),
			GATED_VALUE: "first",
		});
		assert.equal(exitCode, 0, stdout);
		assert.match(stdout, /gate: GO for prod, gate cutover, release 2\.0\.0/);
		assert.match(stdout, /trusted-login@v0\.1\.0/);
		assert.doesNotMatch(stdout, /\[(advisory|mandatory)\]/);
		assert.match(stage.held(), /"id-database\\":\{\\"value\\":\\"first/);
	});

	describe("with the pack left out and --skip-preview", () => {
		beforeEach(() => stage.reset());

		// "plan changed after approval" and "cutover destroy": bypass-plan.test.ts.
		for (const { title, prepare, names } of attacks) {
			it(title, async () => {
				const changed = await prepare(stage);
				const environment = { ...stage.runner(), ...changed };
				const { problems, isAdvisory } = await stage.ask(environment);
				assert.equal(isAdvisory, false);
				assert.match(problems.join("\n"), problemsOf(names));
				await refused(names, undefined, environment);
			});
		}
	});

	describe("with other options", () => {
		beforeEach(() => stage.reset());

		it("--target", async () => {
			const urn = "urn:pulumi:prod::trusted-login::tiny:index:Slow::network";
			await refused(noEvidence(), ["--skip-preview", "--target", urn]);
		});

		it("a preview first, which only reports", async () => {
			const stdout = await refused(noEvidence(), []);
			assert.match(stdout, /warning:.*gate: NO-GO/s);
		});

		it("--config-file with a file of its own", async () => {
			const names = noEvidence();
			const file = join(stage.root, "other.yaml");
			stage.editStackFile((config) => {
				config["trusted-login:gate"] = { mode: "advisory" };
			});
			writeFileSync(file, readFileSync(stage.stackFile));
			await refused(names, ["--skip-preview", "--config-file", file]);
		});
	});

	describe("with the pack", () => {
		beforeEach(() => stage.reset());
		const rules = [
			"require-go-live-decision",
			"require-maintenance-window",
			"require-rollback-ready",
		];

		it("is held back before the program has begun", async () => {
			const stdout = await refused(noEvidence(), [
				...["--skip-preview", "--policy-pack", stage.pack],
			]);
			assert.match(stdout, /\[mandatory\] +require-go-live-decision/);
			assert.match(
				stdout,
				/expected GO for gate cutover, release 2\.0\.0, got NO-GO: /,
			);
			assert.match(stdout, /\[mandatory\] +require-rollback-ready/);
		});

		for (const level of ["advisory", "disabled"]) {
			it(`configured to ${level}`, async () => {
				const config = join(stage.root, "config.json");
				const levels = rules.map((rule) => [rule, level]);
				writeFileSync(config, JSON.stringify(Object.fromEntries(levels)));
				await refused(noEvidence(), [
					...["--skip-preview", "--policy-pack", stage.pack],
					...["--policy-pack-config", config],
				]);
			});
		}

		it("only advises a preview, which the plan is made of", async () => {
			const names = noEvidence();
			const { exitCode, stdout } = await stage.pulumi(
				["preview", "--stack", "prod", "--policy-pack", stage.pack],
				{ ...stage.runner(), GATED_VALUE: "second" },
			);
			assert.equal(exitCode, 0, stdout);
			assert.match(stdout, names);
			assert.match(stdout, /\[advisory\] +require-go-live-decision/);
			assert.doesNotMatch(stdout, /\[mandatory\]/);
		});
	});

	describe("the rollback that GO authorised", () => {
		const old = Object.fromEntries(
			Object.keys(images).map((name) => [name, sha256(`old ${name}`)]),
		);
		beforeEach(async () => {
			await stage.reset();
			const checklistText = checklistWithWindow(stage.nowMs, 3);
			stage.writeChecklist(checklistText);
			const rollbackTo = { release: "1.0.0", images: old };
			const world = stage.world({ gate: "release", rollbackTo, checklistText });
			stage.write(world);
			stage.editStackFile((config) => {
				config["trusted-login:gate"] = { live: "release" };
				config["trusted-login:images"] = Object.fromEntries(
					Object.entries(old).map(([name, hex]) => [name, `sha256:${hex}`]),
				);
			});
		});

		it("passes outside the window and without evidence of its own", async () => {
			const args = ["--skip-preview", "--policy-pack", stage.pack];
			const { exitCode, stdout } = await stage.up(args);
			assert.equal(exitCode, 0, stdout);
			assert.match(
				stdout,
				/gate: rollback of prod: the GO of release 2\.0\.0 authorised going back to 1\.0\.0/,
			);
			assert.doesNotMatch(stdout, /\[(advisory|mandatory)\]/);
		});

		it("does not pass with one other image", async () => {
			stage.editStackFile((config) => {
				Object.assign(Object(config["trusted-login:images"]), {
					backend: `sha256:${sha256("evil")}`,
				});
			});
			await refused(/image:backend: expected/);
		});
	});

	describe("with evidence in a bucket", () => {
		let server: S3Server;
		before(async () => {
			server = await startS3Server();
			await server.makeBucket("evidence");
		});
		after(() => server.stop());
		beforeEach(() => stage.reset());

		const from = (place: string) => ({
			...stage.runner(),
			...server.environment(),
			CUTOVER_EVIDENCE: place,
		});
		const withPack = ["--skip-preview", "--policy-pack", stage.pack];

		it("lets the same update through, for both locks", async () => {
			stage.write(stage.world());
			await stage.copyEvidence("s3://evidence/live", server.environment());
			const { exitCode, stdout } = await stage.up(withPack, {
				...from("s3://evidence/live"),
				GATED_VALUE: "first",
			});
			assert.equal(exitCode, 0, stdout);
			assert.match(stdout, /gate: GO for prod, gate cutover, release 2\.0\.0/);
			assert.doesNotMatch(stdout, /\[(advisory|mandatory)\]/);
		});

		it("is held back by the program where another place holds nothing", async () => {
			await refused(
				/all-critical-tests-passing.*NOT_RUN/,
				["--skip-preview"],
				from("s3://evidence/other"),
			);
		});

		it("is held back by both locks where the bucket does not answer", async () => {
			const names =
				/s3:\/\/evidence\/live: evidence cannot be listed: .*check address, region and credentials/;
			const environment = {
				...from("s3://evidence/live"),
				AWS_ENDPOINT_URL: "http://127.0.0.1:1",
			};
			await refused(names, ["--skip-preview"], environment);
			const stdout = await refused(names, withPack, environment);
			assert.match(stdout, /\[mandatory\] +require-go-live-decision/);
		});
	});

	it("stops none of 100 healthy runs, each another variant", async () => {
		await stage.reset();
		const blocked: string[] = [];
		for (let index = 0; index < 100; index += 1) {
			const { variant, settings } = healthyVariant(stage, index);
			stage.write(stage.world(variant));
			stage.writeChecklist(variant.checklistText);
			const found = await readGate({
				...settings,
				root: stage.program,
				nowMs: variant.nowMs,
				environment: { ...stage.runner(), CUTOVER_RELEASE: variant.release },
				isPreview: false,
			});
			blocked.push(
				...found.problems.map((line) => `${variant.title}: ${line}`),
			);
		}
		assert.deepEqual(blocked, []);
	});

	describe("raw commands, which no gate sees", () => {
		beforeEach(() => stage.reset());
		const prod = ["--stack", "prod", "--yes"];
		const urn = "urn:pulumi:prod::trusted-login::tiny:index:Slow::database";

		for (const [title, args] of [
			["destroy, which shows its plan first", ["destroy", ...prod]],
			[
				"destroy of one resource",
				["destroy", "--skip-preview", "--target", urn, ...prod],
			],
			["state delete", ["state", "delete", urn, ...prod]],
		] as const) {
			it(`${title}, is stopped by protect`, async () => {
				const held = stage.held();
				const { exitCode, stdout, stderr } = await stage.pulumi(args);
				assert.notEqual(exitCode, 0);
				assert.match(stdout + stderr, /database.*protect/s);
				assert.equal(stage.held(), held);
			});
		}

		it("destroy --skip-preview is stopped at the data; what is not protected goes", async () => {
			const { exitCode, stdout, stderr } = await stage.pulumi([
				...["destroy", "--skip-preview", ...prod],
			]);
			assert.notEqual(exitCode, 0);
			assert.match(stdout + stderr, /database.*protect/s);
			assert.match(stage.held(), /id-database/);
			assert.doesNotMatch(stage.held(), /id-network/);
		});

		it("refresh reads and import adopts: neither touches the data", async () => {
			const cloud = stage.cloud();
			const refreshed = await stage.pulumi([
				...["refresh", "--skip-preview", ...prod],
			]);
			assert.equal(refreshed.exitCode, 0, refreshed.stdout);
			await stage.pulumi([
				...["import", "tiny:index:Slow", "database", "id-database"],
				...["--generate-code=false", "--skip-preview", ...prod],
			]);
			assert.equal(stage.cloud(), cloud);
		});
	});
});

/** What the lock says of itself stands around the problems, not among them. */
function problemsOf(names: RegExp): RegExp {
	return new RegExp(names.source.replace(/^gate release\[\\s\\S\]\*/, ""));
}
