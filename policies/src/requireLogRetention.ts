import type { ResourceValidationPolicy } from "@pulumi/policy";
import { describe } from "./finding.ts";
import { notYetKnown } from "./inputs.ts";
import { defineRule } from "./rule.ts";

interface Settings {
	readonly minDays: number;
	readonly unsetDays: number;
}

/** CloudWatch keeps logs for these numbers of days and no other. */
const RETENTION_DAYS = [
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827,
	2192, 2557, 2922, 3288, 3653,
];

/**
 * Logs last for an incident's review, and not for ever: they hold addresses of people.
 *
 * The remedy only lengthens: too few days become the least that is allowed. A group without a retention gets a year,
 * because it may hold old lines already, and AWS deletes at once what is older.
 */
export function requireLogRetention(
	defaults: Settings = { minDays: 7, unsetDays: 365 },
): ResourceValidationPolicy {
	const days = { type: "integer", minimum: 1, maximum: 3653 } as const;
	return defineRule({
		name: "require-log-retention",
		description: "Log groups keep their lines for a while, and none for ever.",
		types: ["aws:cloudwatch/logGroup:LogGroup"],
		defaults,
		schema: {
			minDays: {
				...days,
				description: "Days that log lines are kept at least.",
			},
			unsetDays: {
				...days,
				description:
					"What the remedy sets where no retention is named; longer where minDays is.",
			},
		},
		find: (resource, { minDays }) => {
			const actual = resource.input("retentionInDays");
			return actual === notYetKnown || isEnough(actual, minDays)
				? []
				: [
						{
							expected: `retentionInDays of at least ${minDays} days`,
							actual: actual === 0 ? "0, which is for ever" : describe(actual),
							fix: `set retentionInDays: ${allowedDays(minDays)} or more`,
						},
					];
		},
		remedy: (resource, { minDays, unsetDays }) => {
			const actual = resource.input("retentionInDays");
			if (actual === notYetKnown || isEnough(actual, minDays)) return [];
			const isUnset = actual === undefined || actual === null || actual === 0;
			const value = allowedDays(
				isUnset ? Math.max(minDays, unsetDays) : minDays,
			);
			return [{ path: ["retentionInDays"], value }];
		},
	});
}

const isEnough = (days: unknown, minDays: number): boolean =>
	typeof days === "number" && days > 0 && days >= minDays;

const allowedDays = (least: number): number =>
	RETENTION_DAYS.find((days) => days >= least) ?? 3653;
