import { appliedMigrations, listMigrations } from "../adapters/migrations.ts";
import type { Session } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";

/** How the target stands against the migrations of this program. */
export interface MigrationState {
	/** What the target holds, in the order of applying. */
	readonly applied: readonly string[];
	/** What it lacks, in the order of applying. */
	readonly missing: readonly string[];
	/** What it holds and this program does not know. */
	readonly unknown: readonly string[];
}

/** Reads how the target stands. Changes nothing. */
export async function readMigrations(
	session: Session,
): Promise<MigrationState> {
	const wanted = await listMigrations();
	const applied = await appliedMigrations(session);
	return compareMigrations(wanted, applied);
}

/** Compares what there is with what was applied. */
export function compareMigrations(
	wanted: readonly string[],
	applied: readonly string[],
): MigrationState {
	return {
		applied,
		missing: wanted.filter((name) => !applied.includes(name)),
		unknown: applied.filter((name) => !wanted.includes(name)),
	};
}

/**
 * Refuses to touch a schema that a newer program made, or one whose migrations came in another order.
 *
 * @throws RefusedError naming the migrations.
 */
export function requireKnown({
	applied,
	missing,
	unknown,
}: MigrationState): void {
	if (unknown.length > 0) {
		throw new RefusedError(
			`the target's schema is newer than this program: expected no migration beyond its own, got ${unknown.join(", ")}; use the version of cutover that brought ${unknown.length === 1 ? "it" : "them"}; nothing was changed`,
		);
	}
	const [first] = missing;
	const later = applied.find(
		(name) =>
			first !== undefined &&
			Number.parseInt(name, 10) > Number.parseInt(first, 10),
	);
	if (later !== undefined) {
		throw new RefusedError(
			`the target holds ${later} without ${missing.join(", ")} before it; somebody changed cutover.migrations by hand: put the row back or run cutover schema diff to see what is there; nothing was changed`,
		);
	}
}
