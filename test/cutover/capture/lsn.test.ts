import assert from "node:assert/strict";
import fc from "fast-check";
import {
	compareLsn,
	earlierLsn,
	formatLsn,
	laterLsn,
	parseLsn,
} from "../../../cutover/src/capture/lsn.ts";

const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("log positions", () => {
	const table: readonly (readonly [string, bigint])[] = [
		["0/0", 0n],
		["0/FFFFFFFF", 0xffff_ffffn],
		["1/0", 0x1_0000_0000n],
		["16/B374D848", 0x16_b374_d848n],
		["FFFFFFFF/FFFFFFFF", 2n ** 64n - 1n],
	];
	for (const [text, bytes] of table) {
		it(`reads and writes ${text}`, () => {
			assert.equal(parseLsn(text), bytes);
			assert.equal(formatLsn(bytes), text);
		});
	}

	for (const text of ["", "0", "0/", "/0", "0/0/0", "G/0", "0/123456789"]) {
		it(`refuses ${JSON.stringify(text)}`, () => {
			assert.throws(() => parseLsn(text), /expected a log position/);
		});
	}

	it("refuses more than 64 bits, and less than none", () => {
		assert.throws(() => formatLsn(2n ** 64n), /64 bits/);
		assert.throws(() => formatLsn(-1n), /64 bits/);
	});

	it("come back the same from text", () => {
		fc.assert(
			fc.property(lsn, (bytes) => {
				assert.equal(parseLsn(formatLsn(bytes)), bytes);
			}),
		);
	});

	it("are ordered as their numbers of bytes are, not as their texts", () => {
		assert.ok(compareLsn("9/0", "10/0") < 0);
		fc.assert(
			fc.property(lsn, lsn, (a, b) => {
				const [left, right] = [formatLsn(a), formatLsn(b)];
				assert.equal(Math.sign(compareLsn(left, right)), a < b ? -1 : +(a > b));
				assert.equal(laterLsn(left, right), a < b ? right : left);
				assert.equal(earlierLsn(left, right), a < b ? left : right);
			}),
		);
	});
});
