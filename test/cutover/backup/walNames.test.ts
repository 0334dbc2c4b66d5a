import assert from "node:assert/strict";
import fc from "fast-check";
import { startOfBase } from "../../../cutover/src/backup/base.ts";
import { lastTransaction } from "../../../cutover/src/backup/recover.ts";
import {
	chainFrom,
	lsnText,
	parseLsn,
	parseSegment,
	segmentName,
} from "../../../cutover/src/backup/walNames.ts";

const segmentBytes = 16 * 1024 * 1024;

describe("the names of the log", () => {
	it("are positions and numbers of segments, back and forth", () => {
		assert.equal(parseLsn("1/2A000028"), 0x12a000028n);
		assert.equal(lsnText(0x12a000028n), "1/2A000028");
		assert.deepEqual(parseSegment("00000002000000010000002A", segmentBytes), {
			timeline: 2,
			number: 0x12an,
		});
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 99 }),
				fc.bigInt({ min: 0n, max: 1n << 30n }),
				fc.constantFrom(1, 16, 64).map((mb) => mb * 1024 * 1024),
				(timeline, number, bytes) => {
					assert.deepEqual(
						parseSegment(segmentName({ timeline, number }, bytes), bytes),
						{ timeline, number },
					);
				},
			),
		);
	});

	it("refuse what is no position", () => {
		assert.throws(
			() => parseLsn("yesterday"),
			/expected a position such as 0\/3000148, got "yesterday"/,
		);
	});

	it("are no segments when they are histories or unfinished", () => {
		for (const name of [
			"00000002.history",
			"000000010000000000000001.partial",
			"server",
		]) {
			assert.equal(parseSegment(name, segmentBytes), undefined, name);
		}
	});
});

describe("how far a log reaches", () => {
	const at = (number: number, timeline = 1) =>
		segmentName({ timeline, number: BigInt(number) }, segmentBytes);
	const start = BigInt(5 * segmentBytes + 40);
	const chain = (names: readonly string[], timeline = 1) =>
		chainFrom(start, timeline, names, segmentBytes);

	it("goes up to the first missing segment and counts what lies behind it", () => {
		assert.deepEqual(chain([at(4), at(5), at(6), at(8), at(9)]), {
			names: [at(5), at(6)],
			end: BigInt(7 * segmentBytes),
			behindGap: 2,
		});
	});

	it("is nothing without the first segment", () => {
		const { names, end } = chain([at(6)]);
		assert.deepEqual(names, []);
		assert.ok(end <= start);
	});

	it("follows a later timeline, and never an earlier one", () => {
		assert.deepEqual(chain([at(5), at(6), at(6, 2), at(7, 2)]).names, [
			at(5),
			at(6, 2),
			at(7, 2),
		]);
		assert.deepEqual(chain([at(5, 1), at(6, 2)], 2).names, []);
	});
});

describe("what a server tells of its backup", () => {
	it("is where the log starts, from the label in the archive", () => {
		const archive = `backup_label\0\0\0START WAL LOCATION: 0/7000028 (file 000000010000000000000007)\nCHECKPOINT LOCATION: 0/7000060\nSTART TIMELINE: 3\n`;
		assert.deepEqual(startOfBase(archive), { lsn: "0/7000028", timeline: 3 });
		assert.throws(
			() => startOfBase("PG_VERSION\0\0"),
			/expected the backup's label/,
		);
	});

	it("is when the last restored transaction was committed", () => {
		const log =
			"LOG:  last completed transaction was at log time 2026-08-01 02:15:00.123456+00";
		assert.equal(
			lastTransaction(log)?.toISOString(),
			"2026-08-01T02:15:00.123Z",
		);
		assert.equal(lastTransaction("LOG:  redo is not required"), undefined);
	});
});
