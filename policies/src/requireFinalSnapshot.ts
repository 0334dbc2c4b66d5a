import type { ResourceValidationPolicy } from "@pulumi/policy";
import { databaseTypes, isReplica } from "./databases.ts";
import { expectInput } from "./expectations.ts";
import { describe, type Finding } from "./finding.ts";
import { notYetKnown } from "./inputs.ts";
import { defineRule, type RuleResource } from "./rule.ts";

/** A database that is deleted leaves a snapshot behind; backups of RDS go with the instance. Staging holds copies. */
export function requireFinalSnapshot(): ResourceValidationPolicy {
	return defineRule({
		name: "require-final-snapshot",
		description: "Databases leave a snapshot behind when they are deleted.",
		types: databaseTypes,
		advisoryStacks: ["dev", "staging"],
		defaults: {},
		schema: {},
		find: (resource) =>
			isReplica(resource)
				? []
				: [
						...expectInput(
							resource,
							"skipFinalSnapshot",
							false,
							"set skipFinalSnapshot: false",
						),
						...unnamedSnapshot(resource),
					],
	});
}

/** Without a name the deletion fails halfway, with everything around the database already gone. */
function unnamedSnapshot(resource: RuleResource): Finding[] {
	if (resource.input("skipFinalSnapshot") === true) return [];
	const name = resource.input("finalSnapshotIdentifier");
	return name === notYetKnown || (typeof name === "string" && name !== "")
		? []
		: [
				{
					expected: "a finalSnapshotIdentifier",
					actual: describe(name),
					fix: "name the final snapshot",
				},
			];
}
