/** What the load generator saw. Times are milliseconds. */
export interface LoadReport {
	readonly requests: number;
	readonly failed: number;
	/** The first failures, each with what was asked and what came back. */
	readonly failures: readonly string[];
	/** Writes answered "not now" (503 with Retry-After) while legacy was fenced. */
	readonly refused: number;
	/** From the first refused write to the first acknowledged one after it; the longest such window. */
	readonly refusalWindowMs: number;
	readonly byRelease: Readonly<Record<string, number>>;
	readonly acknowledgedWrites: number;
	readonly slowUploads: number;
	readonly newConnections: number;
	readonly latencyMs: {
		readonly p50: number;
		readonly p95: number;
		readonly p99: number;
		readonly max: number;
	};
	readonly seconds: number;
}

export interface Observation {
	/** What was asked: `POST /api/v1/workflows`. */
	readonly request: string;
	readonly write: boolean;
	/** HTTP status, or the connection's error. */
	readonly answer: number | Error;
	readonly release: string | undefined;
	readonly retryAfter: boolean;
	/** Statuses that are right for this request. */
	readonly expected: readonly number[];
	readonly atMs: number;
	readonly tookMs: number;
	readonly slow: boolean;
	readonly newConnection: boolean;
}

export type Verdict =
	| { kind: "answered" }
	| { kind: "refused" }
	| { kind: "failed"; reason: string };

/** Every answer must be an expected one and name its release; a write may be refused politely. */
export function judge(observation: Observation): Verdict {
	const { answer, expected, release, write, retryAfter, request } = observation;
	if (answer instanceof Error)
		return { kind: "failed", reason: `${request}: ${answer.message}` };
	if (write && answer === 503 && retryAfter) return { kind: "refused" };
	if (!expected.includes(answer))
		return { kind: "failed", reason: `${request}: answered ${answer}` };
	if (release === undefined)
		return {
			kind: "failed",
			reason: `${request}: the answer names no release`,
		};
	return { kind: "answered" };
}

const keptFailures = 20;

/** Adds observations up. One per load run. */
export function createTally(startMs: number) {
	let requests = 0;
	let failed = 0;
	let refused = 0;
	let acknowledgedWrites = 0;
	let slowUploads = 0;
	let newConnections = 0;
	let refusedSinceMs: number | undefined;
	let refusalWindowMs = 0;
	let lastMs = startMs;
	const failures: string[] = [];
	const byRelease: Record<string, number> = {};
	const latencies: number[] = [];

	return {
		add(observation: Observation): Verdict {
			const verdict = judge(observation);
			requests++;
			lastMs = observation.atMs;
			if (observation.newConnection) newConnections++;
			if (verdict.kind === "failed") {
				failed++;
				if (failures.length < keptFailures)
					failures.push(
						`${new Date(observation.atMs).toISOString()} ${verdict.reason}`,
					);
				return verdict;
			}
			const { release } = observation;
			if (release !== undefined)
				byRelease[release] = (byRelease[release] ?? 0) + 1;
			if (verdict.kind === "refused") {
				refused++;
				refusedSinceMs ??= observation.atMs;
				return verdict;
			}
			if (observation.slow) slowUploads++;
			else latencies.push(observation.tookMs);
			if (observation.write) {
				acknowledgedWrites++;
				if (refusedSinceMs !== undefined) {
					refusalWindowMs = Math.max(
						refusalWindowMs,
						observation.atMs - refusedSinceMs,
					);
					refusedSinceMs = undefined;
				}
			}
			return verdict;
		},
		report(): LoadReport {
			const sorted = latencies.toSorted((a, b) => a - b);
			const at = (share: number) =>
				round(
					sorted[
						Math.min(sorted.length - 1, Math.floor(share * sorted.length))
					] ?? 0,
				);
			// Still refused at the end: the window has not closed, and counts to the last thing we saw.
			const open = refusedSinceMs === undefined ? 0 : lastMs - refusedSinceMs;
			return {
				requests,
				failed,
				failures,
				refused,
				refusalWindowMs: Math.round(Math.max(refusalWindowMs, open)),
				byRelease,
				acknowledgedWrites,
				slowUploads,
				newConnections,
				latencyMs: {
					p50: at(0.5),
					p95: at(0.95),
					p99: at(0.99),
					max: round(sorted.at(-1) ?? 0),
				},
				seconds: round((lastMs - startMs) / 1000),
			};
		},
	};
}

const round = (value: number) => Math.round(value * 10) / 10;
