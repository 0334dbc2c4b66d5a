import assert from "node:assert/strict";
import {
	backupName,
	freeName,
	nameOfPartial,
	partialName,
	timeOfName,
} from "../../../cutover/src/backup/naming.ts";

describe("names of backups", () => {
	const at = new Date("2026-08-01T02:15:09.700Z");

	it("hold the moment of their beginning in UTC", () => {
		assert.equal(backupName(at), "migration_20260801_021509");
		assert.equal(
			timeOfName("migration_20260801_021509")?.toISOString(),
			"2026-08-01T02:15:09.000Z",
		);
	});

	it("are no backup's when they are anything else", () => {
		for (const name of [
			"migration_2026",
			".partial-migration_20260801_021509",
			"migration_20260801_021509.old",
			"migration_20261301_000000",
			"wal",
		]) {
			assert.equal(timeOfName(name), undefined, name);
		}
	});

	it("are taken once, also within one second", () => {
		const taken = new Set([backupName(at), "migration_20260801_021510"]);
		assert.equal(freeName(at, taken), "migration_20260801_021511");
	});

	it("of unfinished backups are told from all others", () => {
		assert.equal(
			nameOfPartial(partialName("migration_20260801_021509")),
			"migration_20260801_021509",
		);
		assert.equal(nameOfPartial(".partial-photos"), undefined);
	});
});
