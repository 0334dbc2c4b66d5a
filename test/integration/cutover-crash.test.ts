import assert from "node:assert/strict";
import pg from "pg";
import { measureAgain, written } from "../../bench/crash/again.ts";
import { runCampaign } from "../../bench/crash/campaign.ts";
import {
	comparable,
	compareWithReference,
	differenceOf,
} from "../../bench/crash/compare.ts";
import { slotsOf } from "../../bench/crash/invariants.ts";
import { type Options, optionsOf } from "../../bench/crash/options.ts";
import { phases } from "../../bench/crash/phases.ts";
import {
	type Ended,
	runToEnd,
	startProgram,
} from "../../bench/crash/program.ts";
import { openStage, type Stage, type Target } from "../../bench/crash/stage.ts";

/** What the command line said last. */
const lastLine = ({ said }: Ended) => said.trim().split("\n").at(-1) ?? "";

describe("cutover, disturbed", function () {
	this.timeout(120_000);
	let stage: Stage;
	let closeStage: () => Promise<void>;
	let target: Target | undefined;

	before(async () => {
		({ stage, close: closeStage } = await openStage({
			users: 600,
			batchRows: 60,
			workers: 2,
			seed: 1,
		}));
	});
	after(() => closeStage());
	afterEach(async () => {
		if (target !== undefined) {
			await cli(target, "sync", "--stop");
			await cli(target, "fence", "off");
			await stage.dropTarget(target);
		}
		target = undefined;
	});

	const cli = async (to: Target, ...argv: readonly string[]) =>
		await runToEnd(stage.program, argv, stage.environment(to));
	const begin = (to: Target, ...argv: readonly string[]) =>
		startProgram(stage.program, argv, stage.environment(to));
	const journal = async (of: Target) =>
		(
			await of.server.query<{ event: string }>(
				of.name,
				"SELECT event FROM cutover.journal ORDER BY id",
			)
		).map(({ event }) => event);

	it("writes nothing when it is run again after its end", async () => {
		const again = await measureAgain(stage);
		assert.deepEqual(
			again.filter(({ isUntouched }) => !isUntouched),
			[],
		);
		assert.equal(again.length, 3);
	});

	it("does no harm when two run at the same time: one works, the other names the holder", async () => {
		for (const [one, other] of [
			[["convert"], ["convert"]],
			[
				["sync", "--until-caught-up"],
				["sync", "--until-caught-up"],
			],
			[["sync", "--until-caught-up"], ["convert"]],
			[["final-sync"], ["final-sync"]],
		] as const) {
			const to = await stage.newTarget(
				one[0] === "convert" ? "empty" : "loaded",
			);
			target = to;
			// Something holds the target's tables up, so that the first one is at work for long enough.
			const holder = new pg.Client(to.server.url(to.name));
			await holder.connect();
			await holder.query("BEGIN; LOCK TABLE cutover.conversion IN SHARE MODE");
			await holder.query("LOCK TABLE cutover.capture IN SHARE MODE");
			await stage.write(5);
			const runs = [begin(to, ...one), begin(to, ...other)];
			const first = await Promise.race(runs.map((run) => run.ended));
			await holder.query("ROLLBACK");
			await holder.end();
			assert.equal(first.exitCode, 1, first.said);
			assert.match(
				lastLine(first),
				/another conversion of this target is running \(process \d+ from 127\.0\.0\.1 since .*\); wait for it or end it/,
			);
			const left = runs.filter((run) => run.isRunning());
			assert.equal(left.length, 1);
			const second = await left[0]?.ended;
			assert.equal(second?.exitCode, 0, second?.said);
			assert.deepEqual(await compareWithReference(stage, to), same);
			await cli(to, "sync", "--stop");
			await cli(to, "fence", "off");
			await stage.dropTarget(to);
			target = undefined;
		}
	});

	it("removes the slot of a final-sync that was killed after it had declared the target live", async () => {
		target = await stage.newTarget("loaded");
		await cli(target, "sync", "--until-caught-up");
		await cli(target, "fence", "on");
		await target.server.query(
			target.name,
			"INSERT INTO cutover.journal (event) VALUES ('live')",
		);
		assert.equal((await slotsOf(stage, target)).length, 1);
		const again = await cli(target, "final-sync");
		assert.match(lastLine(again), /^Nothing to do: cut over at/);
		assert.deepEqual(await slotsOf(stage, target), []);
	});

	it("removes the slot of a sync that was killed before it had recorded it", async () => {
		target = await stage.newTarget("loaded");
		await cli(target, "sync", "--until-caught-up");
		await target.server.query(target.name, "DELETE FROM cutover.capture");
		assert.equal((await slotsOf(stage, target)).length, 1);
		const done = await cli(target, "final-sync");
		assert.equal(done.exitCode, 0, done.said);
		assert.deepEqual(await slotsOf(stage, target), []);
	});

	it("writes down a fence that a killed run had raised without a word", async () => {
		target = await stage.newTarget("loaded");
		await stage.source.query(
			"legacy",
			"ALTER ROLE legacy_app IN DATABASE legacy SET default_transaction_read_only = on",
		);
		await cli(target, "fence", "on");
		assert.equal((await journal(target)).at(-1), "fence on");
		await stage.source.query(
			"legacy",
			"ALTER ROLE legacy_app IN DATABASE legacy RESET default_transaction_read_only",
		);
		await cli(target, "fence", "off");
		assert.equal((await journal(target)).at(-1), "fence off");
	});

	it("changes nothing when the target is finished and the source as it was", async () => {
		target = await stage.newTarget("loaded");
		await cli(target, "convert");
		const [content, position] = [
			await comparable(target),
			await written(target),
		];
		assert.equal((await cli(target, "convert")).exitCode, 0);
		assert.equal(await written(target), position);
		assert.deepEqual(differenceOf(content, await comparable(target)), same);
	});

	/** Begins to load a target, and is ended after three ranges. */
	async function loadHalf(): Promise<Target> {
		const half = await stage.newTarget("empty");
		await half.server.query(
			half.name,
			`CREATE FUNCTION enough() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF (SELECT count(*) FROM cutover.checkpoint WHERE loaded_at IS NOT NULL) >= 3 THEN RAISE EXCEPTION 'enough'; END IF; RETURN new; END $$;
			CREATE TRIGGER enough BEFORE UPDATE ON cutover.checkpoint FOR EACH ROW EXECUTE FUNCTION enough()`,
		);
		assert.equal((await cli(half, "convert")).exitCode, 1);
		await half.server.query(
			half.name,
			"DROP TRIGGER enough ON cutover.checkpoint",
		);
		return half;
	}

	async function assertEndsRight(half: Target): Promise<void> {
		const again = await cli(half, "convert");
		assert.equal(again.exitCode, 0, again.said);
		assert.deepEqual(await compareWithReference(stage, half), same);
	}

	it("keeps back what belongs to somebody who left the source before a killed load had come to him", async () => {
		target = await loadHalf();
		await stage.source.query(
			"legacy",
			`CREATE TEMP TABLE leaving AS SELECT max(user_id) AS id FROM uploaded_files WHERE id > 5;
			DELETE FROM workflow_steps USING workflows, leaving WHERE workflow_id = workflows.id AND user_id = leaving.id;
			DELETE FROM workflows USING leaving WHERE user_id = leaving.id;
			DELETE FROM legacy_users USING leaving WHERE legacy_users.id = leaving.id`,
		);
		await assertEndsRight(target);
	});

	it("lists nobody as repaired who left the source, or became invalid, before a killed load had come to them", async () => {
		await stage.source.query(
			"legacy",
			`INSERT INTO legacy_users (username, email, password_hash, created_at) SELECT name, name || '@example.com', password_hash, NULL
			FROM legacy_users, (VALUES ('leaver'), ('spoilt')) twins(name) WHERE id = 1`,
		);
		target = await loadHalf();
		await stage.source.query(
			"legacy",
			`DELETE FROM legacy_users WHERE username = 'leaver';
			UPDATE legacy_users SET email = 'no address' WHERE username = 'spoilt'`,
		);
		await assertEndsRight(target);
	});

	it("lets a duplicate go when its twin changed before a killed load had come to him", async () => {
		await stage.source.query(
			"legacy",
			`INSERT INTO legacy_users (username, email, password_hash, last_login) SELECT name, 'Twin@Example.com', password_hash, at
			FROM legacy_users, (VALUES ('goes', timestamp '2026-01-02'), ('stays', '2026-01-01')) twins(name, at) WHERE id = 1`,
		);
		target = await loadHalf();
		await stage.source.query(
			"legacy",
			"UPDATE legacy_users SET email = 'elsewhere@example.com' WHERE username = 'goes'",
		);
		await assertEndsRight(target);
	});

	/** Disturbs some phases, each at least so often, and judges what is left. */
	async function disturb(
		names: readonly string[],
		blows: Partial<Options>,
		atLeast: number,
	): Promise<void> {
		const said: string[] = [];
		const runs = await runCampaign(
			stage,
			phases.filter(({ name }) => names.includes(name)),
			{ ...optionsOf([]).parse({}), kills: 0, restarts: 0, cuts: 0, ...blows },
			(line) => said.push(line),
			new AbortController().signal,
		);
		const cases = runs.flatMap((run) => run.cases);
		assert.deepEqual(
			cases.flatMap((one) => [...one.problems, ...one.difference.examples]),
			[],
			said.join("\n"),
		);
		const struck = cases.flatMap((one) => one.strikes);
		assert.ok(struck.length >= atLeast, said.join("\n"));
		for (const { wastedRows } of struck) {
			assert.ok((wastedRows ?? 0) <= 2 * 60, `${wastedRows} rows in vain`);
		}
	}

	it("survives restarts and cut connections of either server: nothing lost, nothing doubled, nothing left behind", async () => {
		await disturb(["load"], { restarts: 1, cuts: 2 }, 4);
	});

	// Last: it ends with legacy tables that were written back to.
	it("survives SIGKILL: nothing lost, nothing doubled, nothing left behind", async () => {
		const names = ["load", "index", "sync", "final-sync", "reverse sync"];
		await disturb(names, { kills: names.length }, names.length);
	});
});

const same = { lost: 0, extra: 0, examples: [] };
