import assert from "node:assert/strict";
import { compare } from "../../../cutover/src/convert/catchUp.ts";
import { changedSince } from "../../../cutover/src/convert/snapshot.ts";

describe("compare", () => {
	const none = {
		known: new Map<number, string>(),
		judged: new Map<number, string>(),
		changed: new Set<number>(),
		gone: new Set<number>(),
	};
	const ids = (changes: ReturnType<typeof compare>) => ({
		store: [...changes.store],
		remove: [...changes.remove],
		quarantine: [...changes.quarantine],
		release: [...changes.release],
	});
	const nothing = { store: [], remove: [], quarantine: [], release: [] };

	it("does nothing when nothing changed", () => {
		const known = new Map([[1, "invalid e-mail"]]);
		assert.deepEqual(ids(compare({ ...none, known, judged: known })), nothing);
	});

	it("stores a changed row again", () => {
		assert.deepEqual(ids(compare({ ...none, changed: new Set([7]) })), {
			...nothing,
			store: [7],
		});
	});

	it("takes a row that became invalid off the target and into quarantine", () => {
		const judged = new Map([[7, "invalid e-mail"]]);
		assert.deepEqual(ids(compare({ ...none, judged, changed: new Set([7]) })), {
			...nothing,
			remove: [7],
			quarantine: [7],
		});
	});

	it("releases a row whose twin left, though it did not change itself", () => {
		const known = new Map([[7, "duplicate e-mail: ..."]]);
		assert.deepEqual(ids(compare({ ...none, known, gone: new Set([3]) })), {
			...nothing,
			store: [7],
			remove: [3],
			release: [7],
		});
	});

	it("forgets a quarantined row that is gone, and stores nothing", () => {
		const known = new Map([[7, "invalid e-mail"]]);
		assert.deepEqual(ids(compare({ ...none, known, gone: new Set([7]) })), {
			...nothing,
			release: [7],
		});
	});

	it("rewrites the quarantine when the reason or the row is another", () => {
		const known = new Map([
			[1, "invalid e-mail"],
			[2, "invalid e-mail"],
		]);
		const judged = new Map([
			[1, "unknown password hash format"],
			[2, "invalid e-mail"],
		]);
		assert.deepEqual(
			ids(compare({ ...none, known, judged, changed: new Set([2]) })),
			{ ...nothing, quarantine: [1, 2] },
		);
	});
});

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
