import assert from "node:assert/strict";
import {
	type Decision,
	digestsOf,
	parseChecklist,
	parseTrust,
	type StoredRecord,
	signPayload,
	writeStatement,
} from "../../golive/src/index.ts";
import {
	approvalRecord,
	attestationRecord,
	checklistText,
	dayMs,
	decideIn,
	deciding,
	evidenceBody,
	evidenceRecord,
	firstSunday,
	healthyWorld,
	isoOf,
	minuteMs,
	people,
	personOf,
	provenWorld,
	recordOf,
	sha256,
	signer,
	signOff,
	subject,
	trustText,
	type World,
	waiverRecord,
} from "./fixture.ts";

/** Blocked, and the message says why. */
function blocked(decision: Decision, message: RegExp): void {
	assert.equal(decision.decision, "NO-GO");
	assert.match(decision.blockers.join("\n"), message);
}

const isAbout = (word: string) => (record: StoredRecord) =>
	Buffer.from(JSON.parse(record.text ?? "").payload, "base64")
		.toString()
		.includes(word);

/** The same world with the record of a kind put in place of the honest one, signed off anew. */
function replaced(kind: string, record: StoredRecord, world = provenWorld()) {
	const others = world.records.filter(
		(one) => !isAbout(`"kind":"${kind}"`)(one),
	);
	world.records = [...others, record];
	return signOff(world);
}

describe("getting round the gate", () => {
	it("edited evidence", () => {
		const world = healthyWorld();
		world.records = world.records.map((record) => {
			if (!isAbout('"kind":"performance"')(record)) return record;
			const envelope = JSON.parse(record.text ?? "");
			const payload = Buffer.from(envelope.payload, "base64")
				.toString()
				.replace('"checksPassed":1', '"checksPassed":9');
			envelope.payload = Buffer.from(payload).toString("base64");
			return { ...record, text: JSON.stringify(envelope) };
		});
		blocked(
			decideIn(world),
			/performance-benchmarks-met.*BAD_SIGNATURE.*changed after it was signed/,
		);
	});

	it("an edited report behind honest evidence", () => {
		const world = healthyWorld();
		world.records = world.records.map((record) =>
			isAbout('"kind":"tests"')(record)
				? {
						...record,
						reports: new Map([
							["tests.json", { sha256: sha256("nicer report"), bytes: 12 }],
						]),
					}
				: record,
		);
		blocked(
			decideIn(world),
			/all-critical-tests-passing.*FAIL.*report tests\.json: expected sha256/,
		);
	});

	it("a report that is gone", () => {
		const world = healthyWorld();
		world.records = world.records.map((record) => ({
			...record,
			reports: undefined,
		}));
		blocked(
			decideIn(world),
			/all-critical-tests-passing.*report tests\.json: the file is missing/,
		);
	});

	for (const [what, other, message] of [
		["commit", { ...subject, tree: sha256("other") }, /tree: expected/],
		[
			"lock file",
			{ ...subject, lock: sha256("other") },
			/package-lock\.json: expected/,
		],
		[
			"image",
			{ ...subject, images: { ...subject.images, backend: sha256("other") } },
			/image:backend: expected/,
		],
		[
			"set of images (one left out)",
			{ ...subject, images: { frontend: sha256("frontend") } },
			/image:backend: expected \S+, got none/,
		],
	] as const) {
		it(`evidence of another ${what}`, () => {
			const world = provenWorld();
			const context = { ...world.context, subject: other };
			const record = evidenceRecord("performance", "staging", {
				...world,
				context,
			});
			const decision = decideIn(replaced("performance", record));
			blocked(decision, /performance-benchmarks-met.*WRONG_SUBJECT/);
			blocked(decision, message);
		});
	}

	it("evidence of another stack", () => {
		const record = evidenceRecord("performance", "dev", provenWorld());
		blocked(
			decideIn(replaced("performance", record)),
			/performance-benchmarks-met.*WRONG_SUBJECT: stack: expected staging, got dev/,
		);
	});

	it("prod's own evidence where staging has to prove", () => {
		const record = evidenceRecord("rollback-drill", "prod", provenWorld());
		blocked(
			decideIn(replaced("rollback-drill", record)),
			/rollback-procedures-verified.*stack: expected staging, got prod/,
		);
	});

	it("expired evidence, whatever expiry its producer wrote into it", () => {
		const world = provenWorld();
		const record = evidenceRecord(
			"tests",
			"staging",
			world,
			{ expiresAt: "2099-01-01T00:00:00Z" },
			undefined,
			7 * dayMs + 1,
		);
		blocked(
			decideIn(replaced("tests", record)),
			/all-critical-tests-passing.*STALE: it expired at/,
		);
	});

	it("evidence replayed from an older release", () => {
		const world = provenWorld();
		const context = { ...world.context, release: "1.9.0" };
		const record = evidenceRecord("tests", "staging", { ...world, context });
		blocked(
			decideIn(replaced("tests", record)),
			/all-critical-tests-passing.*WRONG_SUBJECT: release: expected 2\.0\.0, got 1\.9\.0/,
		);
	});

	it("evidence signed by an unknown key", () => {
		const stranger = signer("Pipeline", "pipeline");
		const world = provenWorld();
		const record = evidenceRecord("tests", "staging", world, {}, stranger);
		blocked(
			decideIn(replaced("tests", record)),
			/all-critical-tests-passing.*BAD_SIGNATURE.*is not trusted/,
		);
	});

	it("evidence signed by the key of a role that may not prove it", () => {
		const world = provenWorld();
		const by = personOf("QA Team");
		const record = evidenceRecord("tests", "staging", world, {}, by);
		blocked(
			decideIn(replaced("tests", record)),
			/all-critical-tests-passing.*BAD_SIGNATURE.*may not prove tests/,
		);
	});

	it("evidence whose signature is put under another trusted key's id", () => {
		const world = provenWorld();
		const record = evidenceRecord("tests", "staging", world);
		const envelope = JSON.parse(record.text ?? "");
		envelope.signatures[0].keyid = personOf("QA Team").key.keyId;
		const swapped = { ...record, text: JSON.stringify(envelope) };
		blocked(
			decideIn(replaced("tests", swapped)),
			/tests of staging: BAD_SIGNATURE/,
		);
	});

	it("evidence that names another key than the one that signed it", () => {
		const world = provenWorld();
		const producer = {
			name: "pipeline",
			keyId: sha256("no key"),
			version: "1",
		};
		const record = evidenceRecord("tests", "staging", world, { producer });
		blocked(decideIn(replaced("tests", record)), /names another key/);
	});

	it("an attestation by a role that was not asked", () => {
		const world = provenWorld();
		world.records = world.records.filter(
			(one) => !isAbout("support-team-ready")(one),
		);
		world.records.push(
			attestationRecord("support-team-ready", "QA Team", "prod", world),
		);
		blocked(
			decideIn(signOff(world)),
			/support-team-ready.*BAD_SIGNATURE: signed as QA Team/,
		);
	});

	it("an attestation under a role that the key does not have", () => {
		const world = provenWorld();
		world.records = world.records.filter(
			(one) => !isAbout("support-team-ready")(one),
		);
		const { release } = world.context;
		world.records.push(
			recordOf(
				{
					type: "attestation",
					body: {
						stack: "prod",
						release,
						item: "support-team-ready",
						role: "Support Manager",
						statement: "All is well.",
						signedAt: isoOf(world.nowMs - minuteMs),
						expiresAt: isoOf(world.nowMs + dayMs),
					},
				},
				personOf("QA Team"),
			),
		);
		blocked(
			decideIn(signOff(world)),
			/support-team-ready.*BAD_SIGNATURE.*is not Support Manager/,
		);
	});

	it("self-approval: by the key, by the person, by the producer's name", () => {
		const cto = personOf("CTO");
		const builder = signer("Builder", " the  cto", ["tests"]);
		const both = [...people.values(), builder];
		const text = trustText(both);
		const world = provenWorld();
		world.trust = parseTrust(text, sha256(text));
		const byPerson = evidenceRecord("tests", "staging", world, {}, builder);
		blocked(
			decideIn(replaced("tests", byPerson, world)),
			/sign-off of CTO: FAIL: self-approval/,
		);
		const named = provenWorld();
		const pipeline = personOf("Pipeline").key.keyId;
		const producer = { name: cto.holder, keyId: pipeline, version: "1" };
		const byName = evidenceRecord("tests", "staging", named, { producer });
		blocked(
			decideIn(replaced("tests", byName, named)),
			/sign-off of CTO: FAIL: self-approval/,
		);
		const attested = provenWorld();
		const chief = { ...cto, kinds: ["tests" as const] };
		const asCto = trustText(
			[...people.values()].map((one) => (one.role === "CTO" ? chief : one)),
		);
		attested.trust = parseTrust(asCto, sha256(asCto));
		const byKey = evidenceRecord("tests", "staging", attested, {}, cto);
		blocked(
			decideIn(replaced("tests", byKey, attested)),
			/sign-off of CTO: FAIL: self-approval/,
		);
	});

	it("one key under two roles, and one person in two decision makers' chairs", () => {
		const { key } = personOf("CTO");
		const twice = trustText([
			...people.values(),
			{ role: "Product Owner", holder: "somebody else", key, kinds: [] },
		]);
		assert.throws(
			() => parseTrust(twice, sha256(twice)),
			/expected each key once, got .* as CTO .* and as Product Owner/,
		);
		const seats = trustText([
			signer("CTO", "Jo Doe"),
			signer("Product Manager", "jo  doe"),
		]);
		assert.throws(
			() => parseTrust(seats, sha256(seats)),
			/another person in each decision maker's role, got Jo Doe as CTO and as Product Manager/,
		);
	});

	it("the key list swapped together with the evidence", () => {
		const mine = trustText(deciding.map((role) => signer(role, `my ${role}`)));
		const pin = sha256(trustText([...people.values()]));
		assert.throws(
			() => parseTrust(mine, pin),
			/expected the trusted keys with sha256 .*, got/,
		);
		assert.throws(() => parseTrust(mine, ""), /no pin of 64 hex digits given/);
	});

	describe("a sign-off from before a later change", () => {
		const changes: Readonly<Record<string, (world: World) => void>> = {
			"newer evidence": (world) => {
				world.records.push(
					evidenceRecord("tests", "staging", world, {}, undefined, 0),
				);
			},
			"a newer attestation": (world) => {
				world.records.push(
					attestationRecord(
						"support-team-ready",
						"Support Manager",
						"prod",
						world,
						0,
					),
				);
			},
			"a waiver": (world) => {
				world.records.push(
					waiverRecord("documentation-finalized", "CTO", world),
				);
			},
			"an edited golive.yaml": (world) => {
				world.checklist = parseChecklist(`${checklistText}\n# later`);
			},
			"other trusted keys": (world) => {
				const text = trustText([...people.values(), signer("New", "new")]);
				world.trust = parseTrust(text, sha256(text));
			},
		};
		for (const [what, change] of Object.entries(changes)) {
			it(what, () => {
				const world = healthyWorld();
				change(world);
				const decision = decideIn(world);
				for (const role of deciding) {
					blocked(
						decision,
						new RegExp(`sign-off of ${role}: WRONG_SUBJECT: void`),
					);
				}
			});
		}

		it("another plan, and no plan where one is about to be carried out", () => {
			const world = healthyWorld();
			world.context = { ...world.context, planHash: sha256("other plan") };
			blocked(decideIn(world), /sign-off of CTO: WRONG_SUBJECT: void: plan/);
			const unplanned = healthyWorld();
			const { evidenceSet } = decideIn(unplanned);
			unplanned.records.push(
				approvalRecord("CTO", unplanned, evidenceSet, {
					planHash: null,
					signedAt: isoOf(unplanned.nowMs),
				}),
			);
			blocked(decideIn(unplanned), /sign-off of CTO: .* got none/);
		});

		it("an update that names no plan, where one was signed off; to look at it is no update", () => {
			const world = healthyWorld();
			world.context = { ...world.context, planHash: undefined };
			assert.equal(decideIn(world).decision, "GO");
			world.context = { ...world.context, isUpdate: true };
			blocked(
				decideIn(world),
				/sign-off of CTO: WRONG_SUBJECT: plan: it was given over plan [0-9a-f]{12}, and nothing here says which plan is carried out/,
			);
		});

		it("an expired sign-off, whatever expiry it carries", () => {
			const world = provenWorld();
			const { evidenceSet } = decideIn(world);
			for (const role of deciding) {
				world.records.push(
					approvalRecord(role, world, evidenceSet, {
						signedAt: isoOf(world.nowMs - 3 * dayMs - 1),
						expiresAt: "2099-01-01T00:00:00Z",
					}),
				);
			}
			blocked(decideIn(world), /sign-off of CTO: STALE/);
		});

		it("a sign-off for another gate, stack or release", () => {
			for (const changes of [
				{ gate: "release" },
				{ stack: "staging" },
				{ release: "1.9.0" },
			] as const) {
				const world = provenWorld();
				const { evidenceSet } = decideIn(world);
				for (const role of deciding) {
					world.records.push(approvalRecord(role, world, evidenceSet, changes));
				}
				blocked(decideIn(world), /sign-off of CTO: NOT_RUN/);
			}
		});

		it("sign-offs that name different releases to go back to", () => {
			const world = healthyWorld();
			const { evidenceSet } = decideIn(world);
			const images = { frontend: sha256("evil") };
			world.records.push(
				approvalRecord("CTO", world, evidenceSet, {
					rollbackTo: { release: "0.1.0", images },
					signedAt: isoOf(world.nowMs),
				}),
			);
			blocked(
				decideIn(world),
				/rollback: expected all sign-offs to name the same/,
			);
		});
	});

	it("an outcome that is not run, or inconclusive", () => {
		for (const [outcome, status] of [
			["not run", "NOT_RUN"],
			["inconclusive", "FAIL"],
		] as const) {
			const record = evidenceRecord("tests", "staging", provenWorld(), {
				outcome,
			});
			blocked(
				decideIn(replaced("tests", record)),
				new RegExp(`all-critical-tests-passing.*${status}: its outcome is`),
			);
		}
	});

	for (const [what, value] of [
		["NaN (which JSON writes as null)", Number.NaN],
		["a text", "1"],
		["beyond its limit", 3],
		["an object", {}],
		["missing", undefined],
	] as const) {
		it(`a number that is ${what}`, () => {
			const numbers: Record<string, unknown> = {
				testsPassed: 5,
				testsFailed: value,
			};
			if (value === undefined) delete numbers.testsFailed;
			const record = evidenceRecord("tests", "staging", provenWorld(), {
				numbers,
			});
			blocked(
				decideIn(replaced("tests", record)),
				/all-critical-tests-passing.*FAIL: testsFailed: expected at most 0, got/,
			);
		});
	}

	it("infinitely many passed tests", () => {
		const world = provenWorld();
		const by = personOf("Pipeline");
		const body = evidenceBody(
			"tests",
			"staging",
			"2.0.0",
			world.nowMs - minuteMs,
			by,
			{ reports: [] },
		);
		const payload = writeStatement({
			subject: digestsOf(subject),
			predicate: { type: "evidence", body },
		}).replace('"testsPassed":1', '"testsPassed":1e999');
		const text = JSON.stringify(signPayload(payload, by.key));
		blocked(
			decideIn(replaced("tests", { path: "records/x.json", text })),
			/testsPassed: expected at least 1/,
		);
	});

	it("a validation that compared a sample of the rows only", () => {
		const world = provenWorld();
		const numbers = {
			checksPassed: 12,
			checksFailed: 0,
			checksInconclusive: 0,
			checksNotRun: 0,
			rowsPercent: 10,
		};
		const record = evidenceRecord("validation", "prod", world, { numbers });
		const decision = decideIn(replaced("validation", record));
		blocked(decision, /data-migration-validated\): FAIL/);
	});

	it("a clock earlier than the newest signature", () => {
		const world = healthyWorld();
		world.nowMs = firstSunday - dayMs;
		blocked(
			decideIn(world),
			/clock: expected a time after the newest signature/,
		);
		world.nowMs = Number.NaN;
		blocked(decideIn(world), /clock: expected a time, got none/);
	});

	it("evidence that ended before it began, or will end in the future", () => {
		const world = provenWorld();
		const startedAt = isoOf(world.nowMs);
		const record = evidenceRecord("tests", "staging", world, { startedAt });
		blocked(decideIn(replaced("tests", record)), /ended .* before it began/);
		const future = evidenceRecord(
			"tests",
			"staging",
			world,
			{},
			undefined,
			-dayMs,
		);
		blocked(decideIn(replaced("tests", future)), /ended in the future/);
	});

	describe("an edited golive.yaml, signed off as it is", () => {
		const edits: Readonly<
			Record<string, readonly [RegExp | string, string, RegExp]>
		> = {
			"a mandatory criterion dropped": [
				/ {2}- id: support-team-ready[\s\S]*?attestedBy: \[Support Manager\]\n/,
				"",
				/minimum: criterion support-team-ready is missing/,
			],
			"a mandatory criterion demoted": [
				/(id: support-team-ready[\s\S]*?level: )mandatory/,
				"$1recommended",
				/criterion support-team-ready is recommended/,
			],
			"a mandatory criterion left out at the gate": [
				/(id: support-team-ready[\s\S]*?gates: )\[cutover, release\]/,
				"$1[release]",
				/criterion support-team-ready is left out at gate cutover/,
			],
			"other evidence asked for": [
				/(id: rollback-procedures-verified[\s\S]*?evidence: )\[rollback-drill\]/,
				"$1[tests]",
				/criterion rollback-procedures-verified asks for no evidence "rollback-drill"/,
			],
			"an attester added": [
				/(id: support-team-ready[\s\S]*?attestedBy: )\[Support Manager\]/,
				"$1[Support Manager, QA Team]",
				/criterion support-team-ready may be attested by QA Team/,
			],
			"a threshold lowered": [
				"business_readiness: 90",
				"business_readiness: 10",
				/threshold of business_readiness is 10, not 90/,
			],
			"a decision maker dropped": [
				"[CTO, Product Manager, Operations Manager]",
				"[CTO, Product Manager]",
				/decision maker Operations Manager is missing/,
			],
			"prod proven by dev": [
				"proving: staging",
				"proving: dev",
				/stack prod is proven by dev, not staging/,
			],
			"the maintenance window taken out": [
				/(proving: staging\n) {4}window:[\s\S]*?rollbackPlan: true\n/,
				"$1",
				/stack prod has no maintenance window/,
			],
			"an image left out": [
				"images: [frontend, backend, cutover]",
				"images: [frontend, backend]",
				/image cutover is missing/,
			],
		};
		for (const [what, [from, to, message]] of Object.entries(edits)) {
			it(what, () => {
				const text = checklistText.replace(from, to);
				assert.notEqual(text, checklistText);
				blocked(decideIn(healthyWorld({ checklistText: text })), message);
			});
		}
	});

	it("an image that is named by a tag, or not at all", () => {
		const { frontend = "", backend = "" } = subject.images;
		const world = healthyWorld({
			subject: { ...subject, images: { frontend, backend } },
		});
		blocked(decideIn(world), /image cutover: expected a digest/);
	});

	it("a stack that golive.yaml does not know", () => {
		const world = healthyWorld({ stack: "prod-2" });
		blocked(decideIn(world), /stack prod-2: expected it in golive\.yaml/);
	});

	it("evidence that is not JSON, not an envelope, or could not be read", () => {
		const world = healthyWorld();
		const junk = ["", "null", "[]", "{}", '{"payload":1}', "\u0000"];
		world.records.push(
			...junk.map((text, index) => ({
				path: `records/junk-${index}.json`,
				text,
			})),
			{ path: "records/large.json", problem: "expected at most 10 MB" },
		);
		const decision = decideIn(world);
		assert.equal(decision.decision, "GO");
		assert.equal(decision.refused.length, 7);
	});
});
