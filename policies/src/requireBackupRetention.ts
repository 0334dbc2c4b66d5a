import type { ResourceValidationPolicy } from "@pulumi/policy";
import { databaseTypes, isReplica } from "./databases.ts";
import { expectAtLeast } from "./expectations.ts";
import { defineRule } from "./rule.ts";

/** Seven days: a wrong conversion may be noticed only after a weekend. */
export function requireBackupRetention(
	defaults: { readonly minDays: number } = { minDays: 7 },
): ResourceValidationPolicy {
	return defineRule({
		name: "require-backup-retention",
		description: "Databases keep backups long enough to go back.",
		types: databaseTypes,
		defaults,
		schema: {
			minDays: {
				type: "integer",
				minimum: 1,
				maximum: 35,
				description: "Days that backups are kept at least.",
			},
		},
		find: (resource, { minDays }) =>
			isReplica(resource)
				? []
				: expectAtLeast(
						resource,
						"backupRetentionPeriod",
						minDays,
						"days",
						`set backupRetentionPeriod: ${minDays} or more, 35 at most`,
					),
	});
}
