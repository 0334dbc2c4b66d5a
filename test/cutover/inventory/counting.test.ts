import assert from "node:assert/strict";
import { countingText } from "../../../cutover/src/inventory/counting.ts";
import { sumUp } from "../../../cutover/src/inventory/judging.ts";
import { bytesText } from "../../../cutover/src/inventory/text.ts";

describe("the progress of counting", () => {
	const table: readonly (readonly [number, number, number, string])[] = [
		[
			5e8,
			2e9,
			2,
			"25 % counting rows of public.t: 500 MB of 2.0 GB, 250 MB/s, 6.0 s left",
		],
		[
			0,
			2e9,
			0,
			"0 % counting rows of public.t: 0 B of 2.0 GB, 0 B/s, unknown left",
		],
		// The table grew meanwhile.
		[
			3e9,
			2e9,
			1,
			"100 % counting rows of public.t: 3.0 GB of 2.0 GB, 3.0 GB/s, 0.0 s left",
		],
		[
			0,
			0,
			1,
			"100 % counting rows of public.t: 0 B of 0 B, 0 B/s, unknown left",
		],
	];
	for (const [done, total, seconds, expected] of table) {
		it(`reads ${expected.slice(0, 5).trim()} after ${done} of ${total} bytes`, () =>
			assert.equal(countingText("public.t", done, total, seconds), expected));
	}

	for (const [bytes, expected] of [
		[0, "0 B"],
		[999, "999 B"],
		[1_000, "1.0 kB"],
		[123_456, "123 kB"],
		[5e15, "5000 TB"],
	] as const) {
		it(`writes ${bytes} bytes as ${expected}`, () =>
			assert.equal(bytesText(bytes), expected));
	}
});

describe("summing up what the conversion keeps back", () => {
	it("counts by reason without the single rows in it, with the lowest ids", () => {
		const judged = new Map([
			[
				"legacy_users",
				new Map([
					[12, "duplicate e-mail: legacy_users 7 signed in last"],
					[9, "value too long: username"],
					[2, "duplicate e-mail: legacy_users 1 signed in last"],
					[3, "invalid e-mail: missing"],
				]),
			],
			[
				"workflows",
				new Map(
					Array.from({ length: 12 }, (_, nth) => [
						20 - nth,
						`owner missing: legacy_users ${nth}`,
					]),
				),
			],
			["workflow_steps", new Map([[5, "parent quarantined: workflows 2"]])],
		]);
		assert.deepEqual(sumUp(judged), [
			{
				table: "legacy_users",
				reason: "duplicate e-mail",
				rows: 2,
				sampleIds: [2, 12],
			},
			{
				table: "legacy_users",
				reason: "invalid e-mail: missing",
				rows: 1,
				sampleIds: [3],
			},
			{
				table: "legacy_users",
				reason: "value too long: username",
				rows: 1,
				sampleIds: [9],
			},
			{
				table: "workflows",
				reason: "owner missing",
				rows: 12,
				sampleIds: [9, 10, 11, 12, 13, 14, 15, 16, 17, 18],
			},
			{
				table: "workflow_steps",
				reason: "parent quarantined",
				rows: 1,
				sampleIds: [5],
			},
		]);
	});
});
