/** Deployments that this daemon works at: what waits for them, and what has to end with them. */
interface Run {
	readonly timers: Set<NodeJS.Timeout>;
	over: boolean;
	readonly waiting: (() => void)[];
}

const lookEveryMs = 200;
const runs = new Map<string, Run>();

/** Begins to work at a deployment; `look` is called several times a second until it is over. */
export function openRun(arn: string, look: () => void): void {
	const run: Run = { timers: new Set(), over: false, waiting: [] };
	run.timers.add(setInterval(look, lookEveryMs));
	runs.set(arn, run);
}

export function hasRun(arn: string): boolean {
	return runs.has(arn);
}

/** Stops working at a deployment: nothing of it is called any more, and whoever waits goes on. */
export function closeRun(arn: string): void {
	const run = runs.get(arn);
	if (!run) {
		return;
	}
	run.over = true;
	runs.delete(arn);
	for (const timer of run.timers) {
		clearTimeout(timer);
	}
	for (const tell of run.waiting) {
		tell();
	}
}

/** Calls back later, unless the deployment is over by then. */
export function callLater(arn: string, ms: number, call: () => void): void {
	// Longer than this, Node would fire at once.
	const timer = setTimeout(call, Math.min(Math.max(0, ms), 2 ** 31 - 1));
	runs.get(arn)?.timers.add(timer);
}

/** Waits for a condition for as long as somebody works at the deployment. */
export async function until(arn: string, holds: () => boolean): Promise<void> {
	const run = runs.get(arn);
	while (run && !run.over && !holds()) {
		await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
	}
}

/** True when nobody works at the deployment any more, false when the time is over before. */
export async function isOverWithin(
	arn: string,
	timeoutMs: number,
): Promise<boolean> {
	const run = runs.get(arn);
	if (!run) {
		return true;
	}
	return await new Promise((resolve) => {
		const limit = setTimeout(() => resolve(false), timeoutMs);
		run.waiting.push(() => {
			clearTimeout(limit);
			resolve(true);
		});
	});
}
