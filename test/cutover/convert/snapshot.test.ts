import assert from "node:assert/strict";
import { changedSince } from "../../../cutover/src/convert/snapshot.ts";

describe("changedSince", () => {
	const now = { id: "1", xmin: 2n ** 33n, xmax: 2n ** 33n + 10n };

	it("compares ages, which count through the wraparound of row versions", () => {
		assert.equal(
			changedSince(2n ** 33n - 5n, now),
			"age(t.xmin) BETWEEN 0 AND age('8589934587'::xid8::xid)",
		);
	});

	it("takes every row when the last snapshot is half a circle ago", () => {
		assert.equal(changedSince(2n ** 33n - 2n ** 31n, now), "true");
	});
});
