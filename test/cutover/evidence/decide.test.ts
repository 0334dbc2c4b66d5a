import assert from "node:assert/strict";
import {
	appendFileSync,
	chmodSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { silentTalk } from "../../../cutover/src/console.ts";
import { withEvidence } from "../../../cutover/src/evidence/hook.ts";
import type { Result } from "../../../cutover/src/outcome.ts";
import { parseChecklist, stackOf } from "../../../golive/src/index.ts";
import { restoreEnvironment } from "../../environment.ts";
import { checklistText, deciding, goodNumbers } from "../../golive/fixture.ts";
import { type Checkout, commit, makeCheckout, run } from "./program.ts";

const window = "2027-06-06T02:00:00Z";
const prod = ["--stack", "prod"];

/** Everything that golive.yaml asks for at the cutover of prod, through the command line. */
async function proveEverything(checkout: Checkout): Promise<void> {
	const checklist = parseChecklist(checklistText);
	const entries = [...checklist.criteria, ...checklist.items];
	const done = new Set<string>();
	for (const entry of entries.filter(({ gates }) =>
		gates.includes("cutover"),
	)) {
		const from = stackOf(checklist, entry, "prod");
		for (const kind of entry.evidence) {
			if (done.has(`${kind} ${from}`)) continue;
			done.add(`${kind} ${from}`);
			const result = join(checkout.root, `${kind}.json`);
			writeFileSync(
				result,
				JSON.stringify({
					outcome: "passed",
					pass: { rangesLeft: 0 },
					...goodNumbers(kind),
				}),
			);
			const { exitCode, stderr } = await run(
				checkout.environment("Pipeline"),
				"evidence",
				"record",
				kind,
				"--result",
				result,
				"--stack",
				from,
			);
			assert.equal(exitCode, 0, stderr);
		}
		const [role] = entry.attestedBy;
		if (role === undefined) continue;
		const { exitCode, stderr } = await run(
			checkout.environment(role),
			"attest",
			entry.id,
			"--statement",
			"I looked at it myself",
			...prod,
		);
		assert.equal(exitCode, 0, stderr);
	}
}

const approve = async (checkout: Checkout, role: string, ...more: string[]) =>
	await run(
		checkout.environment(role),
		"approve",
		"--window",
		window,
		...prod,
		...more,
	);

describe("from evidence to GO, on the command line", function () {
	this.timeout(60_000);
	let checkout: Checkout;
	beforeEach(() => {
		checkout = makeCheckout();
	});
	afterEach(() => checkout.close());
	const decide = async () => {
		const ran = await run(checkout.environment(), "decide", ...prod, "--json");
		return { ...ran, decision: JSON.parse(ran.stdout) };
	};

	it("says NO-GO while anything is missing, GO when all of it is there, and NO-GO after any change", async () => {
		const first = await decide();
		assert.equal(first.exitCode, 1);
		assert.equal(first.decision.decision, "NO-GO");
		assert.equal(first.decision.criteria.length, 9);
		const early = await approve(checkout, "CTO");
		assert.equal(early.exitCode, 1);
		assert.match(early.stderr, /nothing to sign off yet/);

		await proveEverything(checkout);
		for (const role of deciding) {
			const { exitCode, stderr } = await approve(checkout, role);
			assert.equal(exitCode, 0, stderr);
		}
		const go = await decide();
		assert.equal(go.exitCode, 0, go.stdout);
		assert.equal(go.decision.outcome, "passed");
		assert.equal(go.decision.decision, "GO");
		assert.equal(go.decision.rollbackTo.release, "legacy");
		assert.match(
			go.stderr,
			/GO for prod, gate cutover, release 2\.0\.0 .*going back to legacy is authorised/,
		);
		assert.match(
			go.stderr,
			/Not now: window: expected first sunday 02:00-06:00 UTC/,
		);
		const report = readFileSync(
			join(checkout.reports, "decide-prod-cutover.md"),
			"utf8",
		);
		assert.match(report, /^# GO: prod, gate cutover, release 2\.0\.0/);
		assert.match(report, /PASS \| Security approval obtained/);

		const verified = await run(
			checkout.environment(),
			"evidence",
			"verify",
			"--release",
			"2.0.0",
		);
		assert.equal(verified.exitCode, 0, verified.stdout);

		// A report that somebody makes nicer afterwards.
		const folder = join(checkout.evidence, "reports");
		const file = readdirSync(folder, { recursive: true })
			.map(String)
			.find((name) => name.endsWith("tests-result.json"));
		appendFileSync(join(folder, file ?? ""), " ");
		const tampered = await decide();
		assert.equal(tampered.exitCode, 1);
		assert.match(
			tampered.decision.blockers.join(),
			/all-critical-tests-passing.*report tests-result\.json/,
		);
		const broken = await run(
			checkout.environment(),
			"evidence",
			"verify",
			"--release",
			"2.0.0",
		);
		assert.equal(broken.exitCode, 1);
		assert.match(
			broken.stdout,
			/FAIL .*tests.*\n\s+report tests-result\.json is missing or was changed/,
		);

		// A later commit.
		writeFileSync(
			join(checkout.program, "index.ts"),
			"export const later = 1;\n",
		);
		const dirty = await decide();
		assert.equal(dirty.exitCode, 1);
		assert.match(
			dirty.decision.blockers.join(),
			/expected a checkout without changes, got 1 changed or untracked files \(index\.ts\)/,
		);
		commit(checkout.program);
		const later = await decide();
		assert.match(
			later.decision.blockers.join(),
			/WRONG_SUBJECT: tree: expected/,
		);
	});

	it("is NO-GO with the reason when it cannot be decided at all", async () => {
		for (const [change, message] of [
			[
				{ CUTOVER_TRUST_SHA256: "0".repeat(64) },
				/expected the trusted keys with sha256 0000/,
			],
			[
				{ CUTOVER_TRUST: join(checkout.root, "none") },
				/the trusted keys cannot be read/,
			],
			[{ CUTOVER_PROGRAM: checkout.root }, /cannot be read|cannot be used/],
		] as const) {
			const env = { ...checkout.environment(), ...change };
			const { exitCode, stdout } = await run(env, "decide", ...prod, "--json");
			assert.equal(exitCode, 1);
			const result = JSON.parse(stdout);
			assert.equal(result.decision, "NO-GO");
			assert.match(result.blockers.join(), message);
		}
	});

	it("signs nothing that nobody would believe", async () => {
		const stranger = join(checkout.root, "stranger.pem");
		const made = await run(
			{},
			"key",
			"create",
			"--signing-key-file",
			stranger,
			"--json",
		);
		assert.equal(made.exitCode, 0);
		assert.equal(statSync(stranger).mode & 0o777, 0o600);
		assert.ok(!`${made.stdout}${made.stderr}`.includes("PRIVATE"));
		const again = await run(
			{},
			"key",
			"create",
			"--signing-key-file",
			stranger,
		);
		assert.match(again.stderr, /exists and is kept/);
		const env = {
			...checkout.environment(),
			CUTOVER_SIGNING_KEY_FILE: stranger,
		};
		const attest = [
			"attest",
			"support-team-ready",
			"--statement",
			"x",
			...prod,
		];
		assert.match(
			(await run(env, ...attest)).stderr,
			/is not in the trust file/,
		);
		const wrong = checkout.environment("QA Team");
		assert.match((await run(wrong, ...attest)).stderr, /your key is QA Team's/);
		chmodSync(join(checkout.root, "Support Manager.pem"), 0o644);
		const open = await run(checkout.environment("Support Manager"), ...attest);
		assert.match(open.stderr, /readable by its owner only, got mode 644/);
		const waived = await run(
			checkout.environment("CTO"),
			"waive",
			"support-team-ready",
			"--reason",
			"no time for this",
			"--expires-hours",
			"4",
			...prod,
		);
		assert.match(waived.stderr, /is mandatory: only an emergency/);
		assert.throws(() => readdirSync(checkout.evidence), /ENOENT/);
	});

	it("takes the key from the environment too, and never repeats it", async () => {
		const pem = readFileSync(
			join(checkout.root, "Support Manager.pem"),
			"utf8",
		);
		const env = { ...checkout.environment(), CUTOVER_SIGNING_KEY: pem };
		const attest = [
			"attest",
			"support-team-ready",
			"--statement",
			"x",
			...prod,
		];
		assert.equal((await run(env, ...attest)).exitCode, 0);
		const half = { ...env, CUTOVER_SIGNING_KEY: pem.slice(0, 60) };
		const failed = await run(half, ...attest);
		assert.match(
			failed.stderr,
			/expected a private key \(PEM, PKCS8\) in CUTOVER_SIGNING_KEY/,
		);
		assert.ok(!failed.stderr.includes(pem.slice(30, 60)));
	});

	describe("after a verb that proves something", () => {
		const result: Result = {
			outcome: "passed",
			checks: [
				{
					name: "rows",
					outcome: "passed",
					expected: "",
					actual: "",
					seconds: 1,
				},
				{
					name: "canaries",
					outcome: "not run",
					expected: "",
					actual: "",
					seconds: 0,
					required: false,
				},
			],
			next: "next",
			facts: { seconds: 3, deep: { rows: 7 } },
		};
		const within = async (
			env: Record<string, string>,
			verb: string,
			given = result,
		) => {
			const before = { ...process.env };
			Object.assign(process.env, env);
			try {
				return await withEvidence(verb, given, new Date(), silentTalk);
			} finally {
				restoreEnvironment(before);
			}
		};
		const staging = () => ({
			...checkout.environment("Pipeline"),
			CUTOVER_STACK: "staging",
		});

		it("records it with its numbers", async () => {
			const { checks, outcome } = await within(staging(), "validate");
			assert.equal(outcome, "passed");
			assert.equal(checks.at(-1)?.outcome, "passed");
			const shown = await run(
				checkout.environment(),
				"evidence",
				"show",
				"validation",
			);
			const { predicate } = JSON.parse(shown.stdout);
			assert.deepEqual(predicate.numbers, {
				seconds: 3,
				"deep.rows": 7,
				checksPassed: 1,
				checksFailed: 0,
				checksInconclusive: 0,
				checksNotRun: 0,
			});
			assert.equal(predicate.producer.name, "pipeline 42");
			assert.equal(predicate.reports[0].name, "validation-result.json");
		});

		it("keeps the reports with it, but none that is private", async () => {
			const shared = join(checkout.root, "validate.md");
			const secret = join(checkout.root, "rows.jsonl");
			writeFileSync(shared, "# PASS", { mode: 0o644 });
			writeFileSync(secret, "{}", { mode: 0o600 });
			const reports = [shared, secret, "s3://bucket/validate.json"];
			await within(staging(), "validate", { ...result, facts: { reports } });
			const shown = await run(
				checkout.environment(),
				"evidence",
				"show",
				"validation",
			);
			const { predicate } = JSON.parse(shown.stdout);
			assert.deepEqual(
				predicate.reports.map(({ name }: { name: string }) => name),
				["validation-result.json", "validate.md"],
			);
		});

		it("leaves the result as it is when it cannot record, and says so", async () => {
			const { CUTOVER_STACK: _, ...env } = staging();
			const { outcome, checks } = await within(env, "validate");
			assert.equal(outcome, "passed");
			assert.match(
				checks.at(-1)?.actual ?? "",
				/NO EVIDENCE RECORDED: --stack: is needed/,
			);
		});

		it("does nothing for other verbs, and where no place is named", async () => {
			assert.equal(await within(staging(), "sync"), result);
			assert.equal(await within({ CUTOVER_EVIDENCE: "" }, "validate"), result);
		});
	});
});
