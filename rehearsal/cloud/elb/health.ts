/** How a target group asks its targets. Times in seconds. */
export interface HealthCheck {
	readonly path: string;
	readonly intervalSeconds: number;
	readonly timeoutSeconds: number;
	readonly healthyThreshold: number;
	readonly unhealthyThreshold: number;
	/** Status codes that count as healthy: `200`, `200,204`, `200-299`. */
	readonly matcher: string;
}

export type TargetState = "initial" | "healthy" | "unhealthy" | "draining";

/** What is known of one target, and how many answers in a row spoke against it. */
export interface TargetHealth {
	readonly state: Exclude<TargetState, "draining">;
	readonly inARow: number;
}

export const newTarget: TargetHealth = { state: "initial", inARow: 0 };

/** Seconds between the tries of a target that has not yet been healthy. */
export const initialIntervalSeconds = 1;

/**
 * Health after one more answer.
 *
 * A new target is tried every second, so that a deployment need not wait for several intervals; its failures count
 * only once it has had as long as `unhealthyThreshold` intervals to start.
 */
export function nextHealth(
	health: TargetHealth,
	passed: boolean,
	secondsRegistered: number,
	check: HealthCheck,
): TargetHealth {
	if (health.state === "healthy") {
		return passed
			? { state: "healthy", inARow: 0 }
			: counted(health, check.unhealthyThreshold, "unhealthy");
	}
	if (passed) {
		return counted(health, check.healthyThreshold, "healthy");
	}
	const startupSeconds = check.intervalSeconds * check.unhealthyThreshold;
	return health.state === "initial" && secondsRegistered < startupSeconds
		? newTarget
		: { state: "unhealthy", inARow: 0 };
}

function counted(
	health: TargetHealth,
	threshold: number,
	then: "healthy" | "unhealthy",
): TargetHealth {
	const inARow = health.inARow + 1;
	return inARow >= threshold
		? { state: then, inARow: 0 }
		: { state: health.state, inARow };
}

/** Whether a status code is one that the matcher names. */
export function matchesStatus(matcher: string, status: number): boolean {
	return matcher.split(",").some((part) => {
		const [low = "", high = low] = part.trim().split("-");
		return Number(low) <= status && status <= Number(high);
	});
}
