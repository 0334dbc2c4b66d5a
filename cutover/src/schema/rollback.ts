import { z } from "zod";
import {
	appliedMigrations,
	removeMigrationsTable,
} from "../adapters/migrations.ts";
import type { Session } from "../adapters/postgres.ts";
import { withPatience } from "../adapters/tableLocks.ts";
import type { Confirm } from "../confirm.ts";
import type { Talk } from "../console.ts";
import { takeLock } from "../convert/preflight.ts";
import { alone } from "../convert/shards.ts";
import { databaseUrl } from "../databaseUrl.ts";
import { RefusedError } from "../errors.ts";
import { liveSince } from "../journal.ts";
import type { Check, Result } from "../outcome.ts";
import { reportAddress } from "../reports/address.ts";
import { keyOf } from "./catalog.ts";
import { goingWith, isOwnAuth, obstacles } from "./filledTables.ts";
import { readMigrations, requireKnown } from "./knownMigrations.ts";
import {
	defaultPatience,
	type Patience,
	tablesFor,
	takeSchemaLock,
} from "./lock.ts";
import { rollbackGoal, stepsTo } from "./rollbackPlan.ts";
import { withTarget } from "./target.ts";
import { undoSteps } from "./undoSteps.ts";

/** Options of `schema rollback`. */
export const schemaRollbackSettings = z.object({
	target: databaseUrl,
	/** Number of the migration that stays the newest; 0 undoes all of them. Default: one step. */
	to: z.coerce.number().int().min(0).optional(),
	/** How many migrations to undo. Default: 1. */
	steps: z.coerce.number().int().min(1).optional(),
	/** Says what would be undone and changes nothing. Default: false. */
	dryRun: z.boolean().default(false),
	reportDir: reportAddress,
});

type Settings = z.infer<typeof schemaRollbackSettings>;

/** What a rollback gets from the outside. */
export interface RollbackPorts {
	readonly confirm: Confirm;
	readonly talk: Talk;
	readonly signal: AbortSignal;
	/** Default: `defaultPatience`. */
	readonly patience?: Patience;
}

/**
 * Undoes migrations by their down parts, newest first, each in its own transaction together with its line in the
 * journal. No row is ever destroyed: where a table holds some, nothing is begun.
 *
 * @throws RefusedError while the target is live, a conversion is at work, or the schema is newer than this program.
 */
export async function rollbackSchema(
	settings: Settings,
	ports: RollbackPorts,
): Promise<Result> {
	const { signal, talk, patience = defaultPatience } = ports;
	const what = { url: settings.target, name: "cutover schema rollback" };
	return await withTarget({ ...what, signal }, async (session) => {
		const before = await readMigrations(session);
		requireKnown(before);
		const goal = rollbackGoal(before.applied, settings);
		await takeSchemaLock(session, patience, talk, signal);
		await takeLock(session, alone);
		await requireNotLive(session);
		const applied = await appliedMigrations(session);
		const steps = stepsTo(goal, applied);
		if (steps.length === 0) {
			if (applied.length === 0 && !settings.dryRun) {
				await removeMigrationsTable(session);
			}
			return nothingToUndo(applied);
		}
		const place = `${session.database} at ${session.host}:${session.port}`;
		const inTheWay = await withPatience(
			session,
			tablesFor(patience, talk, signal),
			() => obstacles(session, steps),
		);
		const ownsAuth = await isOwnAuth(session);
		const texts = steps.map((step) => goingText(step, ownsAuth));
		if (inTheWay.length > 0 || settings.dryRun) {
			return planned(steps, inTheWay, texts, place);
		}
		await ports.confirm({
			what: `This undoes ${steps.map((step, at) => `${step} (${texts[at]})`).join("; ")} on ${place}`,
			word: session.database ?? "",
		});
		talk.say(`undoing ${steps.join(", ")} on ${place}`);
		return await undoSteps(session, {
			steps,
			goal,
			place,
			reportDir: settings.reportDir,
			talk,
			signal,
			patience,
		});
	});
}

/** @throws RefusedError when the journal says that users are on the target. */
async function requireNotLive(session: Session): Promise<void> {
	const { rows } = await session.query<{ there: boolean }>(
		"SELECT to_regclass('cutover.journal') IS NOT NULL AS there",
	);
	if (rows[0]?.there !== true) return;
	const live = await liveSince(session);
	if (live === undefined) return;
	throw new RefusedError(
		`the target has been live since ${live}: users work on this schema; take the traffic back to legacy first, or change the schema forward with a new migration; nothing was changed`,
	);
}

function nothingToUndo(applied: readonly string[]): Result {
	const actual =
		applied.length === 0
			? "no migration is applied, nothing to undo"
			: `at ${applied.at(-1)} already, nothing to undo`;
	return {
		outcome: "passed",
		checks: [
			{
				name: "schema",
				outcome: "passed",
				expected: "nothing newer applied",
				actual,
				seconds: 0,
			},
		],
		next: `Nothing to do: ${actual}`,
		facts: { undone: [], left: applied },
	};
}

/** What would be undone, or why it cannot be. */
function planned(
	steps: readonly string[],
	inTheWay: readonly string[],
	texts: readonly string[],
	place: string,
): Result {
	const stopped = inTheWay.length > 0;
	const checks = steps.map((step, at): Check => {
		const details = inTheWay.filter((line) => line.startsWith(`${step}: `));
		return {
			name: step,
			outcome: details.length > 0 ? "failed" : stopped ? "not run" : "passed",
			expected: "nothing in it holds rows",
			actual:
				details.length > 0
					? `${details.length} ${details.length === 1 ? "holds" : "hold"} rows`
					: `would go: ${texts[at]}`,
			details,
			seconds: 0,
		};
	});
	return {
		outcome: stopped ? "failed" : "passed",
		checks,
		next: stopped
			? `Nothing was undone on ${place}: a rollback never destroys rows; settle what is named, then run it again`
			: `Dry run, nothing was undone on ${place}; next: the same command without --dry-run`,
		facts: { wouldUndo: steps, inTheWay },
	};
}

function goingText(step: string, ownsAuth: boolean): string {
	const going = goingWith(step, ownsAuth).map(keyOf);
	return going.length === 0
		? "nothing, the tables of auth were made by somebody else"
		: going.join(", ");
}
