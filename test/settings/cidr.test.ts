import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
	containsRange,
	isPrivateAddress,
	overlaps,
	parseCidr,
} from "../../settings/src/cidr.ts";

describe("parseCidr", () => {
	it("reads first and last address", () => {
		assert.deepEqual(parseCidr("10.0.1.0/24"), {
			first: 167772416,
			last: 167772671,
		});
		assert.deepEqual(parseCidr("0.0.0.0/0"), { first: 0, last: 4294967295 });
	});

	for (const text of [
		"",
		"10.0.0.0",
		"10.0.0/24",
		"10.0.0.0/33",
		"256.0.0.0/8",
		"10.0.0.1/24",
		"10.0.0.0/24 ",
		"010.0.0.0/24",
		"::/0",
	]) {
		it(`refuses ${JSON.stringify(text)}`, () => {
			assert.equal(parseCidr(text), undefined);
		});
	}

	it("reads every aligned network back as its own size", () => {
		fc.assert(
			fc.property(
				fc.nat({ max: 4294967295 }),
				fc.integer({ min: 0, max: 32 }),
				(address, prefix) => {
					const size = 2 ** (32 - prefix);
					const first = address - (address % size);
					const text = `${dotted(first)}/${prefix}`;
					assert.deepEqual(parseCidr(text), { first, last: first + size - 1 });
				},
			),
		);
	});

	it("never lets two halves of a network overlap, and keeps both inside", () => {
		fc.assert(
			fc.property(
				fc.nat({ max: 4294967295 }),
				fc.integer({ min: 0, max: 31 }),
				(address, prefix) => {
					const size = 2 ** (32 - prefix);
					const first = address - (address % size);
					const whole = { first, last: first + size - 1 };
					const low = { first, last: first + size / 2 - 1 };
					const high = { first: first + size / 2, last: whole.last };
					assert.equal(overlaps(low, high), false);
					assert.ok(containsRange(whole, low) && containsRange(whole, high));
				},
			),
		);
	});
});

describe("isPrivateAddress", () => {
	for (const address of ["10.20.0.10", "172.31.255.255", "100.64.0.1"]) {
		it(`takes ${address}`, () => assert.ok(isPrivateAddress(address)));
	}
	for (const address of ["127.0.0.1", "172.32.0.1", "8.8.8.8", "legacy"]) {
		it(`refuses ${address}`, () =>
			assert.equal(isPrivateAddress(address), false));
	}
});

function dotted(address: number): string {
	return [24, 16, 8, 0]
		.map((shift) => Math.floor(address / 2 ** shift) % 256)
		.join(".");
}
