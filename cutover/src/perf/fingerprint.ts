import { arch, cpus, hostname, platform } from "node:os";
import type { Fingerprint } from "./baseline.ts";
import { generatorOf } from "./sampler.ts";
import { type Scenario, scenarioDigest } from "./scenario.ts";

/** Rows may differ by a tenth: quarantined rows stay behind, and people go on working. */
const rowsTolerance = 0.1;

/** Beyond this the load generator itself was faster or slower, and nothing can be said of the servers. */
const referenceTolerance = 0.15;

export function fingerprintOf(
	scenario: Scenario,
	connections: number,
	dataSet: Readonly<Record<string, number>> | undefined,
): Fingerprint {
	const [first] = cpus();
	return {
		generator: generatorOf(connections),
		vantage: `${hostname()}: ${cpus().length} cores, ${first?.model.trim() ?? "unknown processor"}, ${platform()} ${arch()}`,
		scenario: scenarioDigest(scenario),
		...(dataSet !== undefined && { dataSet: { ...dataSet } }),
	};
}

/** Why two measurements cannot be compared; empty when they can. The servers may differ, that is the question. */
export function differences(
	before: Fingerprint | undefined,
	after: Fingerprint | undefined,
): readonly string[] {
	if (before === undefined || after === undefined) {
		return [
			"a baseline without fingerprint cannot be compared; measure with cutover perf baseline",
		];
	}
	const found: string[] = [];
	for (const [key, what] of [
		["generator", "load generator"],
		["vantage", "vantage point"],
		["scenario", "scenario"],
	] as const) {
		if (before[key] !== after[key]) {
			found.push(`${what} differs: ${before[key]} before, ${after[key]} after`);
		}
	}
	for (const [name, was] of Object.entries(before.dataSet ?? {})) {
		const is = after.dataSet?.[name];
		if (is !== undefined && Math.abs(is - was) > rowsTolerance * was) {
			found.push(`data set differs: ${was} ${name} before, ${is} after`);
		}
	}
	const [was, is] = [before.referenceMs, after.referenceMs];
	if (was !== undefined && is !== undefined) {
		const factor = Math.max(was, is) / Math.min(was, is);
		if (factor > 1 + referenceTolerance) {
			found.push(
				`the load generator itself needed ${was} ms for an empty answer before and ${is} ms after; measure again on a quiet machine`,
			);
		}
	}
	return found;
}
