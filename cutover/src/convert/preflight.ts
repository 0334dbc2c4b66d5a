import { holderOfLock } from "../adapters/advisoryLocks.ts";
import { appliedMigrations, listMigrations } from "../adapters/migrations.ts";
import type { Session } from "../adapters/postgres.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { RefusedError } from "../errors.ts";
import {
	expectedOfSource,
	expectedOfTarget,
	requireColumns,
} from "./mappingCheck.ts";
import type { Shard } from "./shards.ts";

/**
 * Refuses a source that is the target, or one of the two that does not fit the mapping.
 * Answers which database of which server the source is.
 */
export async function requireSource(
	source: Session,
	target: Session,
): Promise<string> {
	const [from, to] = [await placeOf(source), await placeOf(target)];
	if (from === to) {
		throw new RefusedError(
			"source and target are the same database; name two different ones",
		);
	}
	return from;
}

/** Refuses databases whose tables are not as the mapping says. */
export async function requireMapping(
	source: Session,
	target: Session,
	mapping: Mapping,
): Promise<void> {
	await requireColumns(source, "source", expectedOfSource(mapping));
	await requireColumns(target, "target", expectedOfTarget(mapping));
}

/** Refuses a target whose schema is not up to date. */
export async function requireMigrated(target: Session): Promise<void> {
	const wanted = await listMigrations();
	const applied = await appliedMigrations(target);
	const missing = wanted.filter((name) => !applied.includes(name));
	if (missing.length > 0) {
		throw new RefusedError(
			`the target's schema is not up to date (missing: ${missing.join(", ")}); run: cutover schema apply`,
		);
	}
}

/** Which database of which server this is, whatever address it was reached by. */
export async function placeOf(session: Session): Promise<string> {
	const name = "SELECT oid FROM pg_database WHERE datname = current_database()";
	try {
		const { rows } = await session.query<{ place: string }>(
			`SELECT system_identifier || '/' || (${name}) AS place FROM pg_control_system()`,
		);
		return rows[0]?.place ?? "";
	} catch {
		// Some services keep the server's identity to themselves: then the address has to do.
		return `${session.host}:${session.port}/${session.database}`;
	}
}

const lockKey = "cutover convert";

/**
 * Takes the lock that keeps two conversions of one target apart; it ends with the session. Shards share it, and keep
 * their own place each.
 *
 * @throws RefusedError naming the holder.
 */
export async function takeLock(target: Session, shard: Shard): Promise<void> {
	if (shard.count === 1) {
		await lock(target, lockKey, "exclusive", "another conversion");
		return;
	}
	await lock(target, lockKey, "shared", "another conversion");
	const place = `${lockKey} ${shard.index}/${shard.count}`;
	await lock(target, place, "exclusive", `shard ${shard.index}`);
}

async function lock(
	target: Session,
	key: string,
	mode: "exclusive" | "shared",
	what: string,
): Promise<void> {
	const take = `pg_try_advisory_lock${mode === "shared" ? "_shared" : ""}`;
	// The session of a run that was killed takes a moment to end.
	for (let tries = 0; tries < 20; tries += 1) {
		const { rows } = await target.query<{ got: boolean }>(
			`SELECT ${take}(hashtextextended($1, 0)) AS got`,
			[key],
		);
		if (rows[0]?.got === true) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	const holder = await holderOfLock(target, { text: key });
	throw new RefusedError(
		`${what} of this target is running (${holder?.process ?? "its holder has just ended"}); wait for it or end it`,
	);
}
