import assert from "node:assert/strict";
import fc from "fast-check";
import {
	ChecklistError,
	openRecord,
	parseChecklist,
	parseTrust,
	TrustError,
} from "../../golive/src/index.ts";
import {
	checklistText,
	decideIn,
	evidenceRecord,
	people,
	provenWorld,
	type recordOf,
	sha256,
	signOff,
	trustText,
} from "./fixture.ts";

const trustFile = trustText([...people.values()]);
const trust = parseTrust(trustFile, sha256(trustFile));
const honest = signOff(provenWorld()).records.map(({ text = "" }) => text);

/** Text damaged in one place: a piece taken out, doubled, or replaced. */
const damaged = (texts: readonly string[]) =>
	fc
		.record({
			text: fc.constantFrom(...texts),
			at: fc.double({ min: 0, max: 1, noNaN: true }),
			length: fc.integer({ min: 0, max: 40 }),
			put: fc.oneof(
				fc.string({ maxLength: 20 }),
				fc.constantFrom(
					"",
					"null",
					"NaN",
					"1e999",
					"{}",
					"[]",
					'"',
					"\u0000",
					"\n",
					"__proto__",
					"&a",
					"*a",
					"- ",
				),
			),
		})
		.map(({ text, at, length, put }) => {
			const from = Math.floor(at * text.length);
			return text.slice(0, from) + put + text.slice(from + length);
		});

describe("fuzzing", function () {
	this.timeout(120_000);

	it("10,000 envelopes: no crash, and none accepted but one that is the honest bytes", () => {
		const payloads = new Set(honest.map((text) => JSON.parse(text).payload));
		let accepted = 0;
		fc.assert(
			fc.property(
				fc.oneof(
					{ weight: 6, arbitrary: damaged(honest) },
					{ weight: 2, arbitrary: fc.json() },
					{ weight: 1, arbitrary: fc.string() },
					{
						weight: 1,
						arbitrary: fc.anything().map((value) => {
							try {
								return JSON.stringify({
									payloadType: "application/vnd.in-toto+json",
									payload: Buffer.from(JSON.stringify(value) ?? "").toString(
										"base64",
									),
									signatures: [
										{
											keyid: [...trust.keys.keys()][0],
											sig: Buffer.alloc(64).toString("base64"),
										},
									],
								});
							} catch {
								return "";
							}
						}),
					},
				),
				(text) => {
					const opened = openRecord({ path: "records/x.json", text }, trust);
					if ("problem" in opened) return;
					accepted += 1;
					// Damage to blanks or escapes of the JSON around it leaves type, bytes and signature as they were.
					assert.ok(payloads.has(JSON.parse(text).payload));
				},
			),
			{ numRuns: 10_000 },
		);
		assert.ok(accepted < 2_000, `${accepted} accepted`);
	});

	it("10,000 checklists: no crash, and nothing but a refusal that has a place", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					{ weight: 2, arbitrary: damaged(sectionsOf(checklistText)) },
					{ weight: 1, arbitrary: fc.string() },
					{ weight: 1, arbitrary: fc.json() },
				),
				(text) => {
					try {
						parseChecklist(text);
					} catch (error) {
						assert.ok(error instanceof ChecklistError, String(error));
						for (const line of error.problems)
							assert.match(line, /^golive\.yaml:\d+:\d+: /);
						return;
					}
					assert.fail(`accepted: ${text.slice(0, 200)}`);
				},
			),
			{ numRuns: 10_000 },
		);
	});

	it("300 damaged whole checklists: refused, or no longer what was signed off", () => {
		const world = signOff(provenWorld());
		fc.assert(
			fc.property(damaged([checklistText]), (text) => {
				if (text === checklistText) return;
				try {
					world.checklist = parseChecklist(text);
				} catch (error) {
					assert.ok(error instanceof ChecklistError);
					return;
				}
				assert.equal(decideIn(world).decision, "NO-GO");
			}),
			{ numRuns: 300 },
		);
	});

	it("1,000 lists of keys: no crash, and none accepted under another pin", () => {
		fc.assert(
			fc.property(fc.oneof(damaged([trustFile]), fc.string()), (text) => {
				assert.throws(() => {
					if (text === trustFile) throw new TrustError("it is the honest one");
					parseTrust(text, trust.sha256);
				}, TrustError);
				try {
					parseTrust(text, sha256(text));
				} catch (error) {
					assert.ok(error instanceof TrustError, String(error));
				}
			}),
			{ numRuns: 1_000 },
		);
	});

	it("deep nesting is refused, not followed", () => {
		for (const text of [
			"[".repeat(200_000),
			'{"a":'.repeat(100_000),
			`a: ${"[".repeat(20_000)}`,
		]) {
			assert.throws(() => parseChecklist(text), ChecklistError);
			assert.ok("problem" in openRecord({ path: "x", text }, trust));
		}
	});

	it("any evidence that is not as asked for blocks", () => {
		fc.assert(
			fc.property(
				fc.dictionary(
					fc.constantFrom("testsPassed", "testsFailed", "x"),
					fc.anything(),
				),
				(numbers) => {
					const { testsPassed, testsFailed } = numbers;
					fc.pre(
						!(
							typeof testsPassed === "number" &&
							typeof testsFailed === "number" &&
							testsPassed >= 1 &&
							testsFailed <= 0
						),
					);
					const world = provenWorld();
					let record: ReturnType<typeof recordOf>;
					try {
						record = evidenceRecord(
							"tests",
							"staging",
							world,
							{ numbers: JSON.parse(JSON.stringify(numbers)) },
							undefined,
							0,
						);
					} catch {
						return;
					}
					world.records.push(record);
					assert.equal(decideIn(signOff(world)).decision, "NO-GO");
				},
			),
			{ numRuns: 100 },
		);
	});
});

/** Short pieces of the file, each of which is no checklist by itself. */
function sectionsOf(text: string): readonly string[] {
	return text.split(/\n(?=[a-z])/).filter((part) => part.length < 3000);
}
