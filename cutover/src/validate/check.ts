import type { Session } from "../adapters/postgres.ts";
import { reasonOf } from "../errors.ts";
import type { Check, Outcome } from "../outcome.ts";

/** What one look found; the name and the time are added around it. */
export interface Finding {
	readonly outcome: Outcome;
	readonly expected: string;
	readonly actual: string;
	readonly details?: readonly string[];
	readonly required?: boolean;
}

/** Most ids or names that a report lists per check. */
export const listed = 20;

/** Runs one check; an error fails it and says why. */
export async function runCheck(
	name: string,
	look: () => Promise<Finding>,
): Promise<Check> {
	const startedAt = performance.now();
	const finding = await look().catch(
		(error: unknown): Finding => ({
			outcome: "failed",
			expected: "an answer",
			actual: reasonOf(error),
		}),
	);
	return { name, ...finding, seconds: (performance.now() - startedAt) / 1000 };
}

/** The texts that a query gives in its column `what`. */
export async function texts(
	session: Session,
	sql: string,
	values: readonly unknown[] = [],
): Promise<readonly string[]> {
	const { rows } = await session.query<{ what: string }>(sql, [...values]);
	return rows.map((row) => row.what);
}

/** The number that a query gives in its column `count`. */
export async function number(session: Session, sql: string): Promise<number> {
	const { rows } = await session.query<{ count: string }>(sql);
	return Number(rows[0]?.count ?? 0);
}
