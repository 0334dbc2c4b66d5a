import type { ResourceValidationPolicy } from "@pulumi/policy";
import { databaseTypes } from "./databases.ts";
import { expectInput } from "./expectations.ts";
import type { Finding } from "./finding.ts";
import { defineRule, type RuleResource } from "./rule.ts";

interface Protection {
	readonly input: string;
	readonly value: boolean;
	readonly fix: string;
	/** Whether losing it loses data, so that the engine has to guard it as well. */
	readonly holdsData: boolean;
}

const database: Protection = {
	input: "deletionProtection",
	value: true,
	fix: "set deletionProtection: true",
	holdsData: true,
};
const loadBalancer: Protection = {
	input: "enableDeletionProtection",
	value: true,
	fix: "set enableDeletionProtection: true",
	holdsData: false,
};

const protections: Readonly<Record<string, Protection>> = {
	...Object.fromEntries(databaseTypes.map((type) => [type, database])),
	"aws:lb/loadBalancer:LoadBalancer": loadBalancer,
	"aws:alb/loadBalancer:LoadBalancer": loadBalancer,
	"aws:s3/bucket:Bucket": {
		input: "forceDestroy",
		value: false,
		fix: "set forceDestroy: false, so that a bucket with files in it stays",
		holdsData: true,
	},
	"aws:ecr/repository:Repository": {
		input: "forceDelete",
		value: false,
		fix: "set forceDelete: false, so that images stay which a rollback needs",
		holdsData: true,
	},
};

/** What holds data or carries traffic cannot be deleted by accident. Staging may be thrown away. */
export function requireDeletionProtection(): ResourceValidationPolicy {
	return defineRule({
		name: "require-deletion-protection",
		description:
			"What holds data or carries traffic is protected against deletion.",
		types: Object.keys(protections),
		advisoryStacks: ["dev", "staging"],
		defaults: {},
		schema: {},
		find: findUnprotected,
	});
}

function findUnprotected(resource: RuleResource): Finding[] {
	const protection = protections[resource.type];
	if (protection === undefined) return [];
	const findings = expectInput(
		resource,
		protection.input,
		protection.value,
		protection.fix,
	);
	return !protection.holdsData || resource.isProtected
		? findings
		: [
				...findings,
				{
					expected: "the resource option protect true",
					actual: "false",
					fix: "set protect: true, which stops a destroy and a replacement before they begin",
				},
			];
}
