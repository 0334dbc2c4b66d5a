import {
	appliedMigrations,
	removeMigrationsTable,
	runMigrations,
} from "../adapters/migrations.ts";
import { literal, type Session } from "../adapters/postgres.ts";
import { withPatience } from "../adapters/tableLocks.ts";
import type { Talk } from "../console.ts";
import { reasonOf } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { withReport } from "../reports/keep.ts";
import { writeReport } from "../reports/report.ts";
import { description } from "./description.ts";
import { isOwnAuth } from "./filledTables.ts";
import { type Patience, tablesFor } from "./lock.ts";

/** What to undo, and with what. */
export interface Undoing {
	/** Names, newest first. */
	readonly steps: readonly string[];
	/** Number of the migration that shall be the newest in the end. */
	readonly goal: number;
	/** Which database of which server, for people. */
	readonly place: string;
	readonly reportDir: string;
	readonly talk: Talk;
	readonly signal: AbortSignal;
	readonly patience: Patience;
}

/**
 * Undoes one migration after the other, each in a transaction of its own together with its line in the journal. The
 * first that fails stays as it was, and so do those after it.
 */
export async function undoSteps(
	session: Session,
	undoing: Undoing,
): Promise<Result> {
	const { steps, place, patience, talk, signal } = undoing;
	const journal = [...(await earlierRollbacks(session))];
	const checks: Check[] = [];
	for (const step of steps) {
		const startedAt = performance.now();
		const seconds = () => (performance.now() - startedAt) / 1000;
		if (checks.some((check) => check.outcome === "failed")) {
			checks.push(stepCheck(step, "not run", "not begun", 0));
			continue;
		}
		const entry = { undone: step, place };
		try {
			await withPatience(session, tablesFor(patience, talk, signal), () =>
				runMigrations(session, {
					direction: "down",
					count: 1,
					besides: journalSql(entry),
				}),
			);
			journal.push({ at: new Date().toISOString(), ...entry });
			talk.say(`undone ${step}`);
			checks.push(stepCheck(step, "passed", "undone", seconds()));
		} catch (error) {
			signal.throwIfAborted();
			checks.push(stepCheck(step, "failed", reasonOf(error), seconds()));
		}
	}
	const left = await leftAfter(session, checks);
	if (left.length === 0) await removeMigrationsTable(session);
	const outcome = combineOutcomes(checks);
	const undone = steps.filter((step) => !left.includes(step));
	const stays = await whatStays(session, undone);
	const report = await writeReport(undoing.reportDir, "schema-rollback", {
		title: `Rollback of the schema of ${place}`,
		result: { outcome, checks },
		facts: { left, journal, stays },
	});
	for (const line of stays) talk.say(line);
	const state =
		left.length === 0
			? "The target holds no migration any more"
			: `The target's schema is at ${left.at(-1)}`;
	return withReport(
		{
			outcome,
			checks,
			next:
				outcome === "passed"
					? `${state} (${report.text}); next: cutover schema apply, to go forward again`
					: `${state}: not everything was undone (${report.text}); next: settle what is named, then cutover schema rollback --to ${undoing.goal}`,
			// The journal may be gone: what the report lost is then in the result alone.
			facts: { undone, left, stays, journal },
		},
		report,
	);
}

/** What the journal has of rollbacks, since it may go with this one. */
async function earlierRollbacks(session: Session): Promise<readonly unknown[]> {
	const known = await session.query<{ there: boolean }>(
		"SELECT to_regclass('cutover.journal') IS NOT NULL AS there",
	);
	if (known.rows[0]?.there !== true) return [];
	const { rows } = await session.query<{ entry: unknown }>(
		"SELECT jsonb_build_object('at', at) || detail AS entry FROM cutover.journal WHERE event = 'schema rollback' ORDER BY id",
	);
	return rows.map((row) => row.entry);
}

/** @throws the failure of the step when the connection broke with it: each step is then done or not begun. */
async function leftAfter(
	session: Session,
	checks: readonly Check[],
): Promise<readonly string[]> {
	try {
		return await appliedMigrations(session);
	} catch (error) {
		const failed = checks.find((check) => check.outcome === "failed");
		throw new Error(
			`the target cannot be asked how far the rollback came (${failed?.actual ?? reasonOf(error)}); every step is either done or not begun: run it again`,
			{ cause: error },
		);
	}
}

/** The journal goes with the migration that made it; its last line is then in the report alone. */
function journalSql(entry: {
	readonly undone: string;
}): (name: string) => string {
	const detail = literal(JSON.stringify(entry));
	return () => `DO $do$ BEGIN
		IF to_regclass('cutover.journal') IS NOT NULL THEN
			INSERT INTO cutover.journal (event, detail) VALUES ('schema rollback', ${detail});
		END IF;
	END $do$`;
}

function stepCheck(
	step: string,
	outcome: Check["outcome"],
	actual: string,
	seconds: number,
): Check {
	return { name: step, outcome, expected: "undone", actual, seconds };
}

/** What a person may miss among what is gone. */
async function whatStays(
	session: Session,
	steps: readonly string[],
): Promise<readonly string[]> {
	const roles = description.objects.filter(
		({ kind, madeBy }) => kind === "role" && steps.includes(madeBy),
	);
	if (roles.length === 0) return [];
	const { rows } = await session.query<{ users: boolean }>(
		"SELECT to_regclass('auth.users') IS NOT NULL AS users",
	);
	const stayed = rows[0]?.users === true && !(await isOwnAuth(session));
	return [
		`the roles ${roles.map(({ name }) => name).join(", ")} stay: they belong to the server, and other databases may use them`,
		...(stayed
			? ["the tables of auth stay: this program did not make them"]
			: []),
	];
}
