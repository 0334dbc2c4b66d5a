import assert from "node:assert/strict";
import { sortMemoryBytes } from "../../../cutover/src/convert/deferred.ts";

const megabyte = 2 ** 20;

describe("memory to sort keys in", () => {
	it("is what a cache holds, as long as sorted pieces stay in memory", () => {
		for (const bytes of [0, 1, 100 * megabyte, 1_500 * megabyte]) {
			assert.equal(sortMemoryBytes(bytes), 4 * megabyte);
		}
	});

	it("grows so that all sorted pieces are merged at once where they are read from the disk", () => {
		for (const tableBytes of [3_000, 30_000, 3_000_000]) {
			const keyBytes = (tableBytes * megabyte) / 2;
			const memory = sortMemoryBytes(tableBytes * megabyte);
			const pieces = keyBytes / memory;
			const mergedAtOnce = memory / (272 * 1024);
			assert.ok(pieces <= mergedAtOnce, `${tableBytes} MB`);
			assert.ok(memory < 1024 * megabyte, `${tableBytes} MB`);
		}
	});
});
