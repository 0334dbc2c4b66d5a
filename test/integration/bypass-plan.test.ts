import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readLocks } from "../../rehearsal/engine/settle.ts";
import { PlannedStack, type Ran } from "./plan/plannedStack.ts";

const approved = { PLANNED_OWNER: "approved" };
const replaced = { PLANNED_DATABASE: "orders-2" };
const noWindow = /window: expected day/;

/** Every attempt: refused, the message names what is missing, and nothing was made or changed. */
describe("bypass: getting round the plan on the real engine", function () {
	this.timeout(300_000);
	const stack = new PlannedStack();
	let plan: Ran;
	before(async () => {
		await stack.open();
		stack.write({ records: [] });
		plan = await stack.cutover(approved, "plan");
	});
	after(() => stack.close());
	beforeEach(() => stack.openWindow());

	async function refused(
		names: RegExp,
		planned: Readonly<Record<string, string>>,
		...args: readonly string[]
	): Promise<Ran> {
		const held = stack.held();
		const ran = await stack.cutover(planned, ...args, "--yes");
		assert.equal(ran.exitCode, 1, ran.stderr);
		assert.match(ran.stderr, names);
		assert.match(ran.stderr, /nothing was changed/);
		assert.equal(stack.held(), held);
		return ran;
	}

	it("shows the same plan twice with the same hash, whatever was signed meanwhile", async () => {
		assert.equal(plan.exitCode, 0, plan.stderr);
		assert.equal(plan.result.operations.update, 2);
		assert.deepEqual(plan.result.destructive, []);
		assert.match(
			plan.stderr,
			/cutover approve --stack prod --gate cutover --plan-hash [0-9a-f]{64}/,
		);
		stack.write(stack.world(plan.result.planHash));
		const again = await stack.cutover(approved, "plan");
		assert.equal(again.result.planHash, plan.result.planHash);
		const report = readFileSync(join(stack.reports, "plan-prod.md"), "utf8");
		assert.match(report, new RegExp(plan.result.planHash));
		assert.doesNotMatch(report, /hunter2/);
	});

	it("shows another hash for a value, a secret and a protection that change", async () => {
		const hashes = new Set([plan.result.planHash]);
		for (const planned of [
			{},
			{ PLANNED_OWNER: "else" },
			{ ...approved, PLANNED_PASSWORD: "another secret" },
			{ ...approved, PLANNED_PROTECT: "1" },
			{ PLANNED_PROTECT: "1" },
		]) {
			const { result, exitCode, stderr } = await stack.cutover(planned, "plan");
			assert.equal(exitCode, 0, stderr);
			hashes.add(result.planHash);
		}
		assert.equal(hashes.size, 6);
	});

	it("plan changed after approval", async () => {
		stack.write(stack.world(plan.result.planHash));
		await refused(
			/sign-off of CTO: WRONG_SUBJECT: void: plan: expected/,
			{ PLANNED_OWNER: "somebody else" },
			"up",
		);
	});

	it("plan changed after approval, with the approved hash on the command line", async () => {
		stack.write(stack.world(plan.result.planHash));
		const { planHash } = plan.result;
		await refused(
			/plan: expected [0-9a-f]{64}, got [0-9a-f]{64}: the program or the stack changed/,
			{ PLANNED_OWNER: "somebody else", CUTOVER_PLAN_HASH: planHash },
			"up",
		);
	});

	it("approved without a plan", async () => {
		stack.write(stack.world(undefined));
		await refused(
			/void: plan: expected [0-9a-f]{12}, got none/,
			approved,
			"up",
		);
	});

	it("no evidence, and none named", async () => {
		stack.write({ records: [] });
		await refused(/all-critical-tests-passing.*NOT_RUN/, approved, "up");
		await refused(
			/evidence: name its place/,
			{ ...approved, CUTOVER_EVIDENCE: "" },
			"up",
		);
	});

	it("an easier gate than the phase's", async () => {
		stack.write(stack.world(plan.result.planHash));
		const held = stack.held();
		const ran = await stack.cutover(approved, "up", "--gate", "provision");
		assert.equal(ran.exitCode, 2);
		assert.match(
			ran.stderr,
			/expected cutover, as Pulumi\.prod\.yaml says \(phase live, gate\.live cutover\); got provision/,
		);
		assert.equal(stack.held(), held);
	});

	it("outside the window", async () => {
		stack.openWindow(-2);
		stack.write(stack.world(plan.result.planHash));
		await refused(noWindow, approved, "up");
	});

	it("replace of a database without a waiver, in plan and in up", async () => {
		stack.write(stack.world(undefined));
		const found = await stack.cutover(replaced, "plan");
		assert.equal(found.exitCode, 1);
		assert.match(
			found.stderr,
			/replace of urn:pulumi:prod::trusted-login::aws:rds\/instance:Instance::database: expected a decision maker's waiver.*cutover waive 'replace:aws:rds\/instance:Instance::database'/,
		);
		stack.write(stack.world(found.result.planHash));
		await refused(/replace of .*::database: expected/, replaced, "up");
	});

	it("replace of a database with a waiver, but an old restore drill", async () => {
		const item = "replace:aws:rds/instance:Instance::database";
		const world = stack.world(undefined, [item]);
		stack.write({
			records: world.records.filter(
				({ text = "" }) =>
					!Buffer.from(JSON.parse(text).payload, "base64")
						.toString()
						.includes('"kind":"backup-drill"'),
			),
		});
		const found = await stack.cutover(replaced, "plan");
		assert.equal(found.exitCode, 1);
		assert.match(
			found.stderr,
			/restore drill of prod: expected fresh evidence/,
		);
		assert.doesNotMatch(found.stderr, /replace of .*: expected/);
	});

	it("lets a waived replacement through that was approved as such", async () => {
		const item = "replace:aws:rds/instance:Instance::database";
		stack.write(stack.world(undefined, [item]));
		const found = await stack.cutover(replaced, "plan");
		assert.equal(found.exitCode, 0, found.stderr);
		stack.write(stack.world(found.result.planHash, [item]));
		const held = stack.held();
		const ran = await stack.cutover(replaced, "up", "--dry-run");
		assert.equal(ran.exitCode, 0, ran.stderr);
		assert.match(ran.stderr, /this was a dry run, nothing was changed/);
		assert.equal(stack.held(), held);
	});

	it("deletion of the uploads without a waiver", async () => {
		stack.write(stack.world(undefined));
		const found = await stack.cutover({ PLANNED_WITHOUT_BUCKET: "1" }, "plan");
		assert.equal(found.exitCode, 1);
		assert.match(found.stderr, /delete of .*Bucket::uploads: expected/);
	});

	it("the rollback that a GO authorised passes, with another plan and outside the window", async () => {
		stack.write(stack.world(plan.result.planHash));
		stack.setPhase("backfill");
		stack.openWindow(-2);
		const ran = await stack.cutover({}, "up", "--dry-run");
		stack.setPhase("live");
		assert.equal(ran.exitCode, 0, ran.stderr);
		assert.match(
			ran.stderr,
			/rollback: the GO of release 2\.0\.0 authorised going back to legacy/,
		);
	});

	it("the rollback that a GO authorised takes no database away without a waiver", async () => {
		stack.write(stack.world(plan.result.planHash));
		stack.setPhase("backfill");
		try {
			await refused(/replace of .*::database: expected/, replaced, "up");
		} finally {
			stack.setPhase("live");
		}
	});

	it("gives the stack's lock back after a Ctrl-C in the middle of an update", async () => {
		stack.write(stack.world(plan.result.planHash));
		const { exitCode, stderr } = await stack.interrupted(
			{ ...approved, PLANNED_SLOW: "1" },
			/Updating \(prod\)/,
			...["up", "--yes"],
		);
		assert.equal(exitCode, 1, stderr);
		assert.match(stderr, /ended early \(a request to stop\)/);
		assert.match(stderr, /its lock is given back/);
		assert.deepEqual(readLocks("prod", "trusted-login"), []);
		// The engine wrote its state, with secrets sealed anew, and nothing of the update in it.
		assert.doesNotMatch(stack.held(), /approved/);
	});

	it("carries out the plan that was approved, and leaves nothing to do", async () => {
		stack.write(stack.world(plan.result.planHash));
		const held = stack.held();
		const ran = await stack.cutover(approved, "up", "--yes");
		assert.equal(ran.exitCode, 0, ran.stderr);
		assert.match(ran.stderr, /begins: GO for prod, gate cutover/);
		assert.notEqual(stack.held(), held);
		const rest = await stack.cutover(approved, "plan");
		assert.deepEqual(Object.keys(rest.result.operations), ["same"]);
		// What was approved once is no leave to do it again from another state.
		await refused(/void: plan: expected/, { PLANNED_OWNER: "platform" }, "up");
	});

	describe("cutover destroy", () => {
		const waivers = [
			"delete:aws:rds/instance:Instance::database",
			"delete:aws:s3/bucket:Bucket::uploads",
		];

		it("without GO", async () => {
			stack.write({ records: [] });
			const names =
				/2 resources with data would go \(database, uploads\); say --with-data/;
			await refused(names, approved, "destroy");
			await refused(
				/delete of .*::database: expected.*all-critical-tests-passing/,
				approved,
				...["destroy", "--with-data"],
			);
		});

		it("with the sign-offs of an update", async () => {
			const rest = await stack.cutover(approved, "plan");
			stack.write(stack.world(rest.result.planHash, waivers));
			const names = /void: plan: expected/;
			await refused(names, approved, "destroy", "--with-data");
		});

		it("with GO for it, but without being told that data goes", async () => {
			stack.write(stack.world(undefined, waivers));
			const { result } = await stack.cutover(approved, "destroy", "--dry-run");
			stack.write(stack.world(result.planHash, waivers));
			await refused(/say --with-data/, approved, "destroy");
		});

		it("with nobody at a terminal to ask", async () => {
			const held = stack.held();
			const ran = await stack.cutover(approved, "destroy", "--with-data");
			assert.equal(ran.exitCode, 2);
			assert.match(ran.stderr, /2 of them with data.*give --yes to go on/);
			assert.equal(stack.held(), held);
		});

		it("passes when its very plan was approved, each loss waived, and it was told so", async () => {
			const ran = await stack.cutover(
				approved,
				...["destroy", "--with-data", "--yes"],
			);
			assert.equal(ran.exitCode, 0, ran.stderr);
			assert.equal(stack.held(), "[]");
		});
	});
});
