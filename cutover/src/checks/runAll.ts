import { InterruptedError, reasonOf } from "../errors.ts";
import type { Check } from "../outcome.ts";
import { type CheckSpec, categories, NotRunError, type Seen } from "./check.ts";
import type { World } from "./world.ts";

/** What is looked at, and what only because something else builds on it. */
export interface Selection {
	readonly categories: readonly string[];
	readonly skip: readonly string[];
}

/**
 * Runs the checks one after the other, so that their times are their own. Once the signal asks to stop, the rest is not
 * run: what was found so far stays.
 */
export async function runAll(
	specs: readonly CheckSpec[],
	world: World,
	selection: Selection,
	signal: AbortSignal,
): Promise<readonly Check[]> {
	const checks: Check[] = [];
	const wanted = wantedNames(specs, selection.categories);
	for (const [index, spec] of specs.entries()) {
		world.talk.progress(`${index + 1} of ${specs.length}: ${spec.name}`);
		if (!wanted.has(spec.name)) continue;
		const startedAt = performance.now();
		const seen = selection.skip.includes(spec.name)
			? notRun("left out by the configuration", false)
			: await look(spec, world, checks, signal);
		const check = toCheck(spec, seen, (performance.now() - startedAt) / 1000);
		checks.push(check);
		if (check.outcome === "failed")
			world.talk.say(`failed: ${check.name}: ${check.actual}`);
	}
	return inOrder(checks);
}

/** By category, and within each as they were done. */
export function inOrder(checks: readonly Check[]): readonly Check[] {
	return checks.toSorted((a, b) => placeOf(a.group) - placeOf(b.group));
}

/** Together by category; those of a team's own come last. */
function placeOf(group = ""): number {
	const place = (categories as readonly string[]).indexOf(group);
	return place === -1 ? categories.length : place;
}

/** Done in any case: most others build on them, and they make nothing. */
const foundations = ["database", "sign-in", "sign-in of the second account"];

/** The checks of the categories, and what they build on, whatever its category. */
function wantedNames(
	specs: readonly CheckSpec[],
	wanted: readonly string[],
): ReadonlySet<string> {
	const names = new Set(foundations);
	// Backwards: what a check needs stands before it.
	for (const spec of specs.toReversed()) {
		if (wanted.includes(spec.group)) names.add(spec.name);
		if (names.has(spec.name))
			for (const name of [...(spec.needs ?? []), ...(spec.after ?? [])])
				names.add(name);
	}
	return names;
}

async function look(
	spec: CheckSpec,
	world: World,
	done: readonly Check[],
	signal: AbortSignal,
): Promise<Seen> {
	if (signal.aborted) return notRun("stopped before it");
	const lacking = (spec.needs ?? []).find(
		(name) => done.find((one) => one.name === name)?.outcome !== "passed",
	);
	if (lacking !== undefined)
		return notRun(`needs ${lacking}, which did not pass`);
	const { checkSeconds } = world.plan.limits;
	const late = AbortSignal.timeout(checkSeconds * 1000);
	world.signal = AbortSignal.any([signal, late]);
	try {
		return await orAborted(spec.run(world), world.signal);
	} catch (error) {
		if (error instanceof NotRunError)
			return notRun(error.message, error.required);
		if (signal.aborted) return notRun("stopped in the middle of it");
		if (late.aborted)
			return {
				outcome: "failed",
				actual: `not done within ${checkSeconds} s`,
			};
		return { outcome: "failed", actual: reasonOf(error) };
	}
}

/** The work, or the reason to stop: a check of a team's own may not know of the signal. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	// Whatever it comes to later, nobody waits for it.
	work.catch(() => undefined);
	let stop: () => void = () => undefined;
	const aborted = new Promise<never>((_, reject) => {
		stop = () => reject(new InterruptedError("stopped"));
		if (signal.aborted) stop();
		signal.addEventListener("abort", stop, { once: true });
	});
	try {
		return await Promise.race([work, aborted]);
	} finally {
		signal.removeEventListener("abort", stop);
	}
}

function notRun(actual: string, required?: boolean): Seen {
	return {
		outcome: "not run",
		actual,
		...(required !== undefined && { required }),
	};
}

function toCheck(spec: CheckSpec, seen: Seen, seconds: number): Check {
	const required = seen.required ?? spec.required;
	return {
		name: spec.name,
		group: spec.group,
		outcome: seen.outcome,
		expected: seen.expected ?? spec.expected,
		actual: seen.actual,
		...(seen.details !== undefined && { details: seen.details }),
		seconds,
		...(required !== undefined && { required }),
	};
}
