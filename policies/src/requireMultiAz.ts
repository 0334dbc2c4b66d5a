import type { ResourceValidationPolicy } from "@pulumi/policy";
import { instanceType, isReplica } from "./databases.ts";
import { expectInput } from "./expectations.ts";
import { describe, type Finding } from "./finding.ts";
import { listOf, notYetKnown, valueAt } from "./inputs.ts";
import { defineRule, type RuleResource } from "./rule.ts";

const subnetPaths: Readonly<Record<string, readonly [string, ...string[]]>> = {
	"aws:rds/subnetGroup:SubnetGroup": ["subnetIds"],
	"aws:lb/loadBalancer:LoadBalancer": ["subnets"],
	"aws:alb/loadBalancer:LoadBalancer": ["subnets"],
	"aws:ecs/service:Service": ["networkConfiguration", "subnets"],
};

/** The loss of one zone is an outage of seconds, not of hours. Staging may wait. */
export function requireMultiAz(): ResourceValidationPolicy {
	return defineRule({
		name: "require-multi-az",
		description:
			"Databases have a stand-by in another zone; services and load balancers have two subnets.",
		types: [instanceType, ...Object.keys(subnetPaths)],
		advisoryStacks: ["dev", "staging"],
		defaults: {},
		schema: {},
		find: (resource) => {
			if (resource.type !== instanceType) return findSingleSubnet(resource);
			return isReplica(resource)
				? []
				: expectInput(resource, "multiAz", true, "set multiAz: true");
		},
	});
}

function findSingleSubnet(resource: RuleResource): Finding[] {
	const [input = "", ...rest] = subnetPaths[resource.type] ?? [];
	const subnets = valueAt(resource.input(input), ...rest);
	if (subnets === notYetKnown) return [];
	if (listOf(subnets).length >= 2) return [];
	// A load balancer with addresses of its own names its subnets beside them.
	if (listOf(resource.input("subnetMappings")).length >= 2) return [];
	return [
		{
			expected: `${[input, ...rest].join(".")} of two subnets at least`,
			actual: describe(subnets),
			fix: "name a subnet of each of two availability zones",
		},
	];
}
