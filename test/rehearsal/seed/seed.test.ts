import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { knownAccounts } from "../../../rehearsal/seed/accounts.ts";
import { expectedCounts, staysBehind } from "../../../rehearsal/seed/counts.ts";
import {
	defectOf,
	defects,
	soundUsers,
	usualPeriod,
} from "../../../rehearsal/seed/defects.ts";
import { filesOf } from "../../../rehearsal/seed/files.ts";
import { legacyRows } from "../../../rehearsal/seed/rows.ts";
import { legacyUser } from "../../../rehearsal/seed/users.ts";

const users = 1200;

function digestOf(seed: number): string {
	const hash = createHash("sha256");
	for (const { target, lines } of legacyRows(600, seed)) {
		hash.update(target);
		for (const piece of lines()) hash.update(piece);
	}
	for (const file of filesOf(seed, 600)) hash.update(file.bytes ?? "");
	return hash.digest("hex");
}

describe("the seeded legacy system", () => {
	it("is the same to the byte for the same seed, and another for another", () => {
		assert.equal(digestOf(7), digestOf(7));
		assert.notEqual(digestOf(7), digestOf(8));
	});

	it("holds the accounts with known passwords as its first users, unspoiled", () => {
		assert.ok(knownAccounts.length <= soundUsers);
		for (const [nth, account] of knownAccounts.entries()) {
			const user = legacyUser(7, nth + 1);
			assert.equal(user.email, account.email);
			assert.equal(user.passwordHash, account.passwordHash);
		}
	});

	it("has every kind of bad row once in its period", () => {
		const { defects: found } = expectedCounts(10 * usualPeriod, 7);
		for (const { name, period } of defects) {
			assert.equal(found[name], (10 * usualPeriod) / period, name);
		}
		assert.ok(Math.max(...defects.map(({ slot }) => slot)) < usualPeriod);
	});

	it("repeats an e-mail only where a defect says so", () => {
		const holders = new Map<string, number[]>();
		for (let id = 1; id <= users; id++) {
			if (staysBehind(id, users) && !isEqual(id)) continue;
			const email = (legacyUser(7, id).email ?? "").trim().toLowerCase();
			holders.set(email, [...(holders.get(email) ?? []), id]);
		}
		for (const ids of holders.values()) {
			assert.ok(ids.length === 1 || ids.every(isEqual), `users ${ids}`);
			assert.equal(ids.filter((id) => !staysBehind(id, users)).length, 1);
		}
	});

	it("lets the account stay that signed in last, then the lower id", () => {
		for (let id = soundUsers; id < users; id++) {
			if (!isEqual(id) || !isEqual(id + 1)) continue;
			const pair = [legacyUser(7, id), legacyUser(7, id + 1)];
			if (
				pair[0]?.email?.toLowerCase().trim() !==
				pair[1]?.email?.toLowerCase().trim()
			)
				continue;
			const [lower, higher] = pair.map((user) => user.lastLogin ?? "");
			assert.ok(lower !== undefined && higher !== undefined);
			const winner = higher > lower ? id + 1 : id;
			assert.equal(staysBehind(winner, users), false);
			assert.equal(staysBehind(2 * id + 1 - winner, users), true);
		}
	});

	it("fits the legacy columns", () => {
		for (let id = 1; id <= users; id++) {
			const { username, email, passwordHash } = legacyUser(7, id);
			for (const text of [username, email, passwordHash]) {
				assert.ok((text ?? "").length <= 255, `user ${id}`);
			}
		}
	});
});

describe("the expected counts", () => {
	it("lose no row: source is migrated plus quarantined, in every table", () => {
		const counts = expectedCounts(users, 7);
		for (const table of ["users", "workflows", "steps", "files"] as const) {
			const { source, migrated, quarantined } = counts[table];
			assert.equal(source, migrated + quarantined, table);
			assert.ok(quarantined > 0, table);
		}
		assert.equal(counts.users.source, users);
		assert.ok(counts.users.repaired > 0);
	});

	it("let the first of a pair migrate when the second was never made", () => {
		const last = defects.find(({ needsNext }) => needsNext)?.slot ?? 0;
		assert.equal(staysBehind(last, last), false);
		assert.equal(staysBehind(last, last + 1), true);
	});

	it("say what the rehearsal relies on", () => {
		const { users: all } = expectedCounts(10_000);
		assert.deepEqual(all, {
			source: 10_000,
			migrated: 9_680,
			quarantined: 320,
			repaired: 40,
		});
	});
});

function isEqual(id: number): boolean {
	return defectOf(id)?.name.startsWith("equal e-mail") ?? false;
}
