import type { Session } from "../adapters/postgres.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { quoteTable, quoteText } from "../conversion/sqlNames.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { count, durationText } from "./progress.ts";

/** What one pass did. */
export interface Pass {
	readonly kind: "load" | "resumed load" | "catch-up";
	readonly loadedRows: number;
	readonly changedRows: number;
	readonly writtenRows: number;
	readonly copiedFiles: number;
	/** Ranges that other shards still have to load. */
	readonly rangesLeft: number;
	readonly seconds: number;
}

/** The answer of every verb that finds its work done for good. */
export function alreadyLive(since: string): Result {
	return {
		outcome: "passed",
		checks: [],
		next: `Nothing to do: cut over at ${since}`,
		facts: { liveSince: since },
	};
}

/** Rows on the target, per kind. */
export interface Tally {
	readonly migrated: Readonly<Record<string, number>>;
	readonly quarantined: Readonly<Record<string, number>>;
	readonly repaired: number;
}

/** Counts what is on the target now. */
export async function tally(target: Session, mapping: Mapping): Promise<Tally> {
	const tables = mapping.tables.map(
		({ label, target: table }) =>
			`UNION ALL SELECT 'migrated', ${quoteText(label)}, count(*) FROM ${quoteTable(table)}`,
	);
	const { rows } = await target.query<{
		kind: string;
		name: string;
		count: string;
	}>(
		`SELECT 'quarantined' AS kind, source_table AS name, count(*) FROM cutover.quarantine GROUP BY source_table
		UNION ALL SELECT 'repaired', 'repaired', count(*) FROM cutover.repaired
		UNION ALL SELECT 'migrated', 'users', count(*) FROM cutover.identity_map
		${tables.join(" ")}`,
	);
	const of = (kind: string) =>
		Object.fromEntries(
			rows
				.filter((row) => row.kind === kind)
				.map((row) => [row.name, Number(row.count)]),
		);
	return {
		migrated: of("migrated"),
		quarantined: of("quarantined"),
		repaired: of("repaired").repaired ?? 0,
	};
}

/** The result of a pass, for people and programs. */
export function passResult(pass: Pass, tallied: Tally): Result {
	const list = (counts: Readonly<Record<string, number>>) =>
		Object.entries(counts)
			.map(([name, number]) => `${count(number)} ${name}`)
			.join(", ") || "none";
	const isIdle =
		pass.kind === "catch-up" && pass.writtenRows + pass.copiedFiles === 0;
	const checks: Check[] = [
		{
			name: pass.kind,
			outcome: "passed",
			expected: "every row migrated or in quarantine",
			actual: isIdle
				? "nothing changed on the source, nothing written"
				: `${count(pass.loadedRows)} rows loaded, ${count(pass.changedRows)} changed rows taken over, ${count(pass.copiedFiles)} files copied`,
			details: [
				`on the target: ${list(tallied.migrated)}`,
				`in quarantine: ${list(tallied.quarantined)}`,
				`repaired: ${count(tallied.repaired)}`,
			],
			seconds: pass.seconds,
		},
	];
	if (pass.rangesLeft > 0) {
		return {
			outcome: combineOutcomes(checks),
			checks,
			next: `This shard is done; ${count(pass.rangesLeft)} ranges of other shards are left, and the last one finishes the load`,
			facts: { pass, ...tallied },
		};
	}
	return {
		outcome: combineOutcomes(checks),
		checks,
		next: isIdle
			? "Nothing to do: the target has everything the source has; next: cutover validate, then cutover final-sync"
			: `The target holds the source's rows of ${durationText(pass.seconds)} ago; next: cutover validate, then cutover final-sync`,
		facts: { pass, ...tallied },
	};
}
