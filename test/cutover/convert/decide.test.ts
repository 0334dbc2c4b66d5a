import assert from "node:assert/strict";
import { decide, type Facts } from "../../../cutover/src/convert/decide.ts";

const none: Facts = {
	looked: new Set(),
	changed: new Set(),
	present: new Set(),
	migrated: new Set(),
	known: new Map(),
	judged: new Map(),
};
const id = new Set([7]);
const reason = new Map([[7, "invalid e-mail"]]);
const nothing = {
	stays: [],
	store: [],
	remove: [],
	quarantine: [],
	release: [],
	moved: [],
};

/** The facts about row 7, which is looked at, and what follows. */
const cases: readonly (readonly [
	string,
	Partial<Facts>,
	Partial<Record<keyof typeof nothing, readonly number[]>>,
])[] = [
	[
		"does nothing when nothing changed",
		{ present: id, migrated: id },
		{ stays: [7] },
	],
	[
		"stores a changed row again",
		{ present: id, migrated: id, changed: id },
		{ store: [7], stays: [7] },
	],
	[
		"stores a row that is new",
		{ present: id },
		{ store: [7], moved: [7], stays: [7] },
	],
	[
		"takes a row that became invalid off the target and into quarantine",
		{ present: id, migrated: id, judged: reason, changed: id },
		{ remove: [7], quarantine: [7], moved: [7] },
	],
	[
		"releases a row that is valid now, though nobody changed it",
		{ present: id, known: reason },
		{ store: [7], release: [7], moved: [7], stays: [7] },
	],
	[
		"forgets a quarantined row that is gone, and stores nothing",
		{ known: reason, changed: id },
		{ release: [7], moved: [7] },
	],
	[
		"removes a row that is gone",
		{ migrated: id, changed: id },
		{ remove: [7], moved: [7] },
	],
	[
		"leaves the quarantine alone while the row and its reason are the same",
		{ present: id, known: reason, judged: reason },
		{},
	],
	[
		"rewrites the quarantine when the reason is another",
		{ present: id, known: reason, judged: new Map([[7, "value too long"]]) },
		{ quarantine: [7] },
	],
	[
		"rewrites the quarantine when the row is another",
		{ present: id, known: reason, judged: reason, changed: id },
		{ quarantine: [7] },
	],
	["does nothing for a row that came and went", { changed: id }, {}],
];

describe("decide", () => {
	for (const [title, facts, expected] of cases) {
		it(title, () => {
			const changes = decide({ ...none, looked: id, ...facts });
			assert.deepEqual(
				Object.fromEntries(
					Object.entries(changes).map(([key, ids]) => [key, [...ids]]),
				),
				{ ...nothing, ...expected },
			);
		});
	}
});
