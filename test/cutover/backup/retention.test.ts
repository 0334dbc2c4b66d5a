import assert from "node:assert/strict";
import fc from "fast-check";
import { expired, type Kept } from "../../../cutover/src/backup/retention.ts";

const now = new Date("2026-08-10T00:00:00Z");

/** A backup of the named day of August. */
const of = (day: number, more: Partial<Kept> = {}): Kept => ({
	name: `b${day}`,
	startedAt: `2026-08-${String(day).padStart(2, "0")}T02:00:00.000Z`,
	kind: "full",
	...more,
});

describe("retention", () => {
	const cases: readonly (readonly [
		string,
		readonly Kept[],
		{ keep?: number; keepDays?: number },
		readonly string[],
	])[] = [
		["deletes nothing without a rule", [of(1), of(2)], {}, []],
		["keeps the newest", [of(1), of(2), of(3)], { keep: 2 }, ["b1"]],
		["keeps the young", [of(1), of(8), of(9)], { keepDays: 3 }, ["b1"]],
		[
			"keeps what one of two rules keeps",
			[of(1), of(2), of(9)],
			{ keep: 2, keepDays: 3 },
			["b1"],
		],
		["never deletes the newest", [of(1), of(2)], { keepDays: 1 }, ["b1"]],
		[
			"never deletes the one verified last",
			[
				of(1, { verifiedAt: "2026-08-05T00:00:00Z" }),
				of(2, { verifiedAt: "2026-08-04T00:00:00Z" }),
				of(3),
			],
			{ keep: 1 },
			["b2"],
		],
		[
			"never deletes what a kept one builds on, in any number of steps",
			[
				of(1),
				of(2, { kind: "incremental", basedOn: "b1" }),
				of(3, { kind: "incremental", basedOn: "b2" }),
			],
			{ keep: 1 },
			[],
		],
	];
	for (const [title, backups, rule, wanted] of cases) {
		it(title, () => {
			assert.deepEqual(expired(backups, rule, now), wanted);
		});
	}

	it("always leaves the newest and the last verified one, and no backup without its ground", () => {
		const backup = fc.record({
			verified: fc.option(fc.integer({ min: 10, max: 20 })),
			step: fc.option(fc.integer({ min: 1, max: 3 })),
		});
		fc.assert(
			fc.property(
				fc.array(backup, { minLength: 1, maxLength: 9 }),
				fc.integer({ min: 1, max: 9 }),
				(list, keep) => {
					const backups = list.map(({ verified, step }, at) =>
						of(at + 1, {
							...(verified !== null && {
								verifiedAt: `2026-08-${verified}T00:00:00Z`,
							}),
							...(step !== null &&
								at - step >= 0 && { basedOn: `b${at + 1 - step}` }),
						}),
					);
					const gone = new Set(expired(backups, { keep }, now));
					const left = backups.filter((one) => !gone.has(one.name));
					const newestProof = [...backups]
						.map((one) => one.verifiedAt ?? "")
						.sort()
						.at(-1);
					assert.ok(!gone.has(`b${backups.length}`));
					assert.ok(left.length >= Math.min(keep, backups.length));
					if (newestProof !== "") {
						assert.ok(left.some((one) => one.verifiedAt === newestProof));
					}
					for (const one of left) {
						assert.ok(one.basedOn === undefined || !gone.has(one.basedOn));
					}
				},
			),
		);
	});
});
