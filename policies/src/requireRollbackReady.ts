import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { GateAnswer } from "@trusted-login/golive/read";
import type { Finding } from "./finding.ts";
import { defineGateRule, type StackGates, stackGate } from "./gate.ts";

interface Settings {
	readonly maxRestorePointHours: number;
	readonly maxDrillDays: number;
}

/**
 * Whoever goes live can go back: the newest restore point was restored on trial, and the rollback was rehearsed, both not too
 * long ago.
 * @param gates where the evidence comes from.
 */
export function requireRollbackReady(
	gates: StackGates = stackGate,
): ResourceValidationPolicy {
	return defineGateRule<Settings>(
		{
			name: "require-rollback-ready",
			description:
				"A cutover or a release begins with a restore point and a rollback drill that are young.",
			defaults: { maxRestorePointHours: 24, maxDrillDays: 14 },
			schema: {
				maxRestorePointHours: {
					type: "number",
					minimum: 1,
					maximum: 168,
					description: "How old the drilled restore point may be, in hours.",
				},
				maxDrillDays: {
					type: "number",
					minimum: 1,
					maximum: 30,
					description: "How long ago the rollback was rehearsed, in days.",
				},
			},
			find: (found, settings) => {
				const { gate, answer } = found;
				// Before anything is live there is nothing to go back to; and going back itself needs no way back.
				if (gate === "provision" || answer?.rollback) return [];
				const hourMs = 3_600_000;
				return [
					...findOld(found, "backup-drill", {
						maxMs: settings.maxRestorePointHours * hourMs,
						text: `a restore point of the last ${settings.maxRestorePointHours} hours, restored on trial`,
						fix: "run: cutover backup drill",
					}),
					...findOld(found, "rollback-drill", {
						maxMs: settings.maxDrillDays * 24 * hourMs,
						text: `a rollback drill of the last ${settings.maxDrillDays} days`,
						fix: "rehearse the rollback",
					}),
				];
			},
		},
		gates,
	);
}

function findOld(
	{ answer }: GateAnswer,
	kind: string,
	wanted: {
		readonly maxMs: number;
		readonly text: string;
		readonly fix: string;
	},
): Finding[] {
	const { criteria = [], items = [], at = "" } = answer?.decision ?? {};
	const [found] = [...criteria, ...items]
		.flatMap(({ findings }) => findings)
		.filter(({ proof }) => proof === kind);
	const { text: expected, fix } = wanted;
	if (found?.status !== "PASS" || found.record === undefined) {
		const actual = found ? `${found.status}: ${found.reason}` : "no evidence";
		return [{ expected, actual, fix }];
	}
	const ageMs = Date.parse(at) - Date.parse(found.record.at);
	// Written so that a time that is none is too old.
	return ageMs <= wanted.maxMs
		? []
		: [{ expected, actual: `one of ${found.record.at}`, fix }];
}
