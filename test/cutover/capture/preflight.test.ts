import assert from "node:assert/strict";
import {
	judgeServer,
	type ServerFacts,
} from "../../../cutover/src/capture/preflight.ts";
import {
	obstacleOf,
	type TableFacts,
} from "../../../cutover/src/capture/tables.ts";
import { combineOutcomes } from "../../../cutover/src/outcome.ts";

const good: ServerFacts = {
	version: 150_006,
	isStandby: false,
	walLevel: "logical",
	maxSlots: 10,
	usedSlots: 3,
	maxSlotWalKeepMb: 20_480,
	role: "cutover",
	mayReplicate: true,
};
const seconds = 0;
const judged = (facts: Partial<ServerFacts>) =>
	judgeServer({ ...good, ...facts }).map((check) => ({ ...check, seconds }));

describe("judgeServer", () => {
	it("passes a server that has everything", () => {
		const outcomes = judged({}).map(({ outcome }) => outcome);
		assert.deepEqual([...new Set(outcomes)], ["passed"]);
		assert.equal(outcomes.length, 6);
	});

	const broken: readonly (readonly [Partial<ServerFacts>, string, RegExp])[] = [
		[{ version: 120_022 }, "pgoutput", /cutover convert/],
		[{ isStandby: true }, "primary", /name the primary/],
		[
			{ walLevel: "replica" },
			"wal_level",
			/ALTER SYSTEM SET wal_level = 'logical'; then restart .*rds\.logical_replication = 1/,
		],
		[
			{ usedSlots: 10 },
			"free replication slots",
			/ALTER SYSTEM SET max_replication_slots = 15/,
		],
		[
			{ mayReplicate: false },
			"replication role",
			/ALTER ROLE "cutover" REPLICATION \(on RDS: GRANT rds_replication TO "cutover"\)/,
		],
		[
			{ maxSlotWalKeepMb: 0 },
			"max_slot_wal_keep_size",
			/ALTER SYSTEM SET max_slot_wal_keep_size/,
		],
	];
	for (const [facts, name, fix] of broken) {
		it(`fails ${JSON.stringify(facts)} and says what to do`, () => {
			const failed = judged(facts).filter(
				(check) => check.outcome === "failed",
			);
			assert.deepEqual(
				failed.map((check) => check.name),
				[name],
			);
			assert.match(failed[0]?.details?.join() ?? "", fix);
		});
	}

	it("warns of WAL kept without limit, and stops nobody for it", () => {
		const checks = judged({ maxSlotWalKeepMb: -1 });
		const keep = checks.find(({ name }) => name === "max_slot_wal_keep_size");
		assert.equal(keep?.outcome, "inconclusive");
		assert.match(keep?.details?.join() ?? "", /ALTER SYSTEM SET/);
		assert.equal(combineOutcomes(checks), "passed");
	});
});

describe("obstacleOf", () => {
	const sound: TableFacts = {
		table: "public.users",
		key: "id",
		schema: "public",
		name: "users",
		kind: "r",
		isLogged: true,
		hasChildren: false,
		identity: "d",
		identityColumns: ["id"],
		keyType: "integer",
		owner: "legacy_app",
		isOwned: true,
	};

	it("finds none in a table with its primary key", () => {
		assert.equal(obstacleOf(sound), undefined);
	});

	const broken: readonly (readonly [Partial<TableFacts>, RegExp])[] = [
		[{ kind: undefined }, /public\.users is not there/],
		[{ kind: "v" }, /is no table; expected an ordinary table/],
		[{ kind: "p" }, /is partitioned/],
		[{ hasChildren: true }, /inherited from/],
		[{ isLogged: false }, /ALTER TABLE public\.users SET LOGGED/],
		[{ keyType: undefined }, /has no column id/],
		[{ keyType: "text" }, /public\.users\.id is text; expected smallint/],
		[{ identity: "n" }, /REPLICA IDENTITY NOTHING; expected its primary key/],
		[{ identity: "f" }, /REPLICA IDENTITY FULL/],
		[{ identityColumns: [] }, /no primary key.*ADD PRIMARY KEY \(id\)/],
		[
			{ identityColumns: ["a", "id"] },
			/identified by \(a, id\); expected \(id\)/,
		],
	];
	for (const [facts, message] of broken) {
		it(`names the table and what to do for ${Object.entries(facts).join()}`, () => {
			assert.match(obstacleOf({ ...sound, ...facts }) ?? "", message);
		});
	}
});
