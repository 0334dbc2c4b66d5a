import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeWindow } from "../../golive/src/index.ts";
import {
	attestationRecord,
	checklistText,
	dayMs,
	decideIn,
	evidenceRecord,
	healthyWorld,
	isoOf,
	minuteMs,
	personOf,
	provenWorld,
	recordOf,
	sha256,
	signOff,
	subject,
	type Variant,
	type World,
} from "./fixture.ts";

type Breaking = (world: World, id: string) => void;

const evidenceOf = (world: World, id: string) =>
	world.checklist.criteria.find((one) => one.id === id)?.evidence ?? [];
const proofsOf = (world: World, id: string) => {
	const entry = world.checklist.criteria.find((one) => one.id === id);
	if (!entry) throw new Error(`expected a criterion ${id}`);
	return entry;
};

/** Takes away every record that speaks for a criterion. */
function without(world: World, id: string): void {
	const kinds: readonly string[] = evidenceOf(world, id);
	world.records = world.records.filter(({ text = "" }) => {
		const payload = JSON.parse(text).payload as string;
		const { predicate } = JSON.parse(Buffer.from(payload, "base64").toString());
		return !(kinds.includes(predicate.kind) || predicate.item === id);
	});
}

/** Ways to break a criterion; each is tried on each mandatory one. */
const breakings: Readonly<Record<string, Breaking>> = {
	"nothing proves it": without,
	"its proof failed, or was signed for another release": (world, id) => {
		without(world, id);
		const entry = proofsOf(world, id);
		for (const kind of entry.evidence) {
			world.records.push(
				evidenceRecord(kind, "staging", world, { outcome: "failed" }),
			);
		}
		const [role] = entry.attestedBy;
		if (role) {
			const from = entry.from === "same" ? "prod" : "staging";
			const old = { ...world.context, release: "1.9.0" };
			world.records.push(
				attestationRecord(id, role, from, { ...world, context: old }),
			);
		}
	},
	"its proof has expired": (world, id) => {
		without(world, id);
		const entry = proofsOf(world, id);
		for (const kind of entry.evidence) {
			world.records.push(
				evidenceRecord(kind, "staging", world, {}, undefined, 31 * dayMs),
			);
		}
		const [role] = entry.attestedBy;
		const from = entry.from === "same" ? "prod" : "staging";
		if (role) {
			world.records.push(attestationRecord(id, role, from, world, 31 * dayMs));
		}
	},
};

describe("decide", () => {
	const mandatory = provenWorld().checklist.criteria.filter(
		({ level }) => level === "mandatory",
	);

	it("says GO when everything is proven and signed off", () => {
		const decision = decideIn(healthyWorld());
		assert.deepEqual(decision.blockers, []);
		assert.equal(decision.decision, "GO");
		assert.deepEqual(decision.rollbackTo, { release: "legacy", images: {} });
		assert.deepEqual(
			decision.categories.map(({ completed, total }) => [completed, total]),
			[
				[11, 11],
				[9, 9],
				[6, 6],
			],
		);
	});

	it("says NO-GO when there is no evidence at all, naming every mandatory criterion", () => {
		const world = { ...healthyWorld(), records: [] };
		const decision = decideIn(world);
		assert.equal(decision.decision, "NO-GO");
		for (const { id } of mandatory) {
			const state = decision.criteria.find((one) => one.id === id);
			assert.equal(state?.status, "NOT_RUN");
			assert.ok(decision.blockers.some((line) => line.includes(id)));
		}
		assert.deepEqual(decision.escalation, [
			"Project Manager",
			"Engineering Director",
			"CTO",
		]);
	});

	for (const [how, breakIt] of Object.entries(breakings)) {
		for (const { id } of mandatory) {
			it(`blocks ${id} when ${how}`, () => {
				const world = provenWorld();
				breakIt(world, id);
				const decision = decideIn(signOff(world));
				assert.equal(decision.decision, "NO-GO");
				assert.ok(
					decision.blockers.some((line) => line.includes(`(${id},`)),
					decision.blockers.join("\n"),
				);
				const others = decision.criteria.filter(
					(one) => one.level === "mandatory" && !one.met && one.id !== id,
				);
				assert.deepEqual(others, []);
			});
		}
	}

	const pairs = mandatory.flatMap(({ id: a }, index) =>
		mandatory.slice(index + 1).map(({ id: b }) => [a, b] as const),
	);
	it(`blocks each of the ${pairs.length} pairs in every mix of ways, naming both`, () => {
		for (const [a, b] of pairs) {
			for (const breakA of Object.values(breakings)) {
				for (const breakB of Object.values(breakings)) {
					const world = provenWorld();
					breakA(world, a);
					breakB(world, b);
					const { decision, blockers } = decideIn(signOff(world));
					assert.equal(decision, "NO-GO");
					for (const id of [a, b]) {
						assert.ok(
							blockers.some((line) => line.includes(`(${id},`)),
							id,
						);
					}
				}
			}
		}
	});

	it("only recommends what is recommended", () => {
		const world = provenWorld();
		without(world, "documentation-finalized");
		const decision = decideIn(signOff(world));
		assert.equal(decision.decision, "GO");
		assert.equal(decision.recommendations.length, 1);
		assert.match(
			decision.recommendations[0] ?? "",
			/^Documentation finalized .*NOT_RUN/,
		);
	});

	for (const [id, category] of [
		["data-backup-completed", "technical_readiness"],
		["user-documentation-updated", "business_readiness"],
		["alert-thresholds-configured", "operational_readiness"],
	] as const) {
		it(`blocks ${category} below its threshold, naming ${id}`, () => {
			const world = provenWorld();
			world.records = world.records.filter(({ text = "" }) => {
				const body = Buffer.from(JSON.parse(text).payload, "base64").toString();
				return !body.includes(`"${id}"`) && !body.includes("backup-drill");
			});
			if (id !== "data-backup-completed") {
				world.records.push(evidenceRecord("backup-drill", "prod", world));
			}
			const decision = decideIn(signOff(world));
			assert.equal(decision.decision, "NO-GO");
			assert.equal(decision.blockers.length, 1);
			assert.match(
				decision.blockers[0] ?? "",
				new RegExp(`^${category}: expected .*${id}`),
			);
		});
	}

	it("calls an item overdue from the day after it was due, and pending before", () => {
		const world = provenWorld();
		world.records = [];
		const stateAt = (time: string) => {
			world.nowMs = Date.parse(time);
			return decideIn(world).items.find(
				({ id }) => id === "load-balancers-configured",
			)?.state;
		};
		assert.equal(stateAt("2027-05-07T23:59:59Z"), "pending");
		assert.equal(stateAt("2027-05-08T00:00:00Z"), "overdue");
	});

	it("lets the newest evidence decide, a failure too", () => {
		const world = provenWorld();
		world.records.push(
			evidenceRecord(
				"tests",
				"staging",
				world,
				{ outcome: "failed" },
				undefined,
				0,
			),
		);
		const state = decideIn(signOff(world)).criteria.find(
			({ id }) => id === "all-critical-tests-passing",
		);
		assert.equal(state?.status, "FAIL");
	});

	it("is not misled by newer evidence of another stack", () => {
		const world = provenWorld();
		world.records.push(
			evidenceRecord(
				"tests",
				"dev",
				world,
				{ outcome: "failed" },
				undefined,
				0,
			),
		);
		assert.equal(decideIn(signOff(world)).decision, "GO");
	});

	it("does not depend on the order of the files", () => {
		const world = healthyWorld();
		const before = decideIn(world);
		world.records.reverse();
		assert.deepEqual(decideIn(world), before);
	});

	it("finds nothing to block in 100 healthy variants", () => {
		fc.assert(
			fc.property(variant, (given) => {
				const world = healthyWorld(given);
				const decision = decideIn(world);
				assert.deepEqual(decision.blockers, []);
				assert.equal(decision.decision, "GO");
				if (
					world.context.stack === "prod" &&
					world.context.gate !== "provision"
				) {
					tell(world, given.windowStart ?? "");
					const { trust, checklist, records, nowMs } = world;
					const asked = { trust, checklist, records, nowMs };
					const answer = judgeWindow({ ...asked, decision });
					assert.deepEqual(answer.problems, []);
				}
			}),
			{ numRuns: 100 },
		);
	});
});

/** Notice of a window, given in time. */
function tell(world: World, windowStart: string): void {
	const start = Date.parse(windowStart);
	const { stack, release } = world.context;
	const role = "Project Manager";
	world.records.push(
		recordOf(
			{
				type: "notice",
				body: {
					stack,
					release,
					windowStart,
					groups: ["all_users", "support_team", "management"],
					role,
					sentAt: isoOf(start - 14 * dayMs),
					signedAt: isoOf(start - 14 * dayMs),
				},
			},
			personOf(role),
			world.context.subject,
		),
	);
}

const firstSundays = ["2027-06-06", "2027-07-04", "2027-08-01", "2028-02-06"];

/** Stacks, releases, owners, subjects, times near expiry and at the window's edges. */
const variant: fc.Arbitrary<Variant> = fc
	.record({
		stack: fc.constantFrom("dev", "staging", "prod"),
		gate: fc.constantFrom("provision", "cutover", "release"),
		release: fc.stringMatching(/^[0-9]{1,2}\.[0-9]{1,2}(-rc\.[0-9])?$/),
		day: fc.constantFrom(...firstSundays),
		minute: fc.constantFrom(0, 1, 119, 239),
		second: fc.constantFrom(0, 59),
		tree: fc.string(),
		owner: fc.stringMatching(/^[A-Z][a-z]{1,8} [A-Z][a-z]{1,8}$/),
		/** Just before the shortest expiry, validation's two days. */
		ageMs: fc.constantFrom(0, minuteMs, dayMs, 2 * dayMs - 1),
		backTo: fc.constantFrom("legacy", "1.0.0"),
	})
	.map(({ day, minute, second, tree, owner, backTo, ...rest }) => {
		const windowStart = `${day}T02:00:00.000Z`;
		const startMs = Date.parse(windowStart);
		const rollbackTo = {
			release: backTo,
			images: backTo === "legacy" ? {} : { frontend: sha256("old") },
		};
		return {
			...rest,
			windowStart,
			rollbackTo,
			nowMs: startMs + minute * minuteMs + second * 1000,
			subject: { ...subject, tree: sha256(tree) },
			checklistText: checklistText.replaceAll(
				"owner: QA Team",
				`owner: ${owner}`,
			),
		};
	});
