import type { ResourceValidationPolicy } from "@pulumi/policy";
import { clusterInstanceType, instanceType } from "./databases.ts";
import { expectInput } from "./expectations.ts";
import type { Finding } from "./finding.ts";
import { isRecord, listOf } from "./inputs.ts";
import { defineRule, type RuleResource } from "./rule.ts";

const ingressRuleType =
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const oldRuleType = "aws:ec2/securityGroupRule:SecurityGroupRule";
const groupType = "aws:ec2/securityGroup:SecurityGroup";

interface Settings {
	readonly ports: readonly number[];
}

/** A database with a public address is one wrong rule away from the internet; so is its port, open to everyone. */
export function disallowPublicDatabase(
	defaults: Settings = { ports: [5432] },
): ResourceValidationPolicy {
	return defineRule({
		name: "disallow-public-database",
		description:
			"Databases have no public address, and no rule opens their port to everyone.",
		types: [
			instanceType,
			clusterInstanceType,
			ingressRuleType,
			oldRuleType,
			groupType,
		],
		defaults,
		schema: {
			ports: {
				type: "array",
				items: { type: "integer", minimum: 1, maximum: 65535 },
				description: "Ports that databases listen on.",
			},
		},
		find: (resource, { ports }) =>
			resource.type === instanceType || resource.type === clusterInstanceType
				? expectInput(
						resource,
						"publiclyAccessible",
						false,
						"set publiclyAccessible: false and reach the database through the VPC",
					)
				: openings(resource).flatMap((opening) =>
						ports
							.filter((port) => opensTo(opening, port))
							.map((port) => openToEveryone(port)),
					),
	});
}

interface Opening {
	readonly networks: readonly unknown[];
	readonly protocol: unknown;
	readonly from: unknown;
	readonly to: unknown;
}

function openings(resource: RuleResource): Opening[] {
	const range = {
		from: resource.input("fromPort"),
		to: resource.input("toPort"),
	};
	if (resource.type === ingressRuleType) {
		return [
			{
				...range,
				networks: [resource.input("cidrIpv4"), resource.input("cidrIpv6")],
				protocol: resource.input("ipProtocol"),
			},
		];
	}
	if (resource.type === oldRuleType) {
		if (resource.input("type") === "egress") return [];
		return [
			{
				...range,
				networks: [
					...listOf(resource.input("cidrBlocks")),
					...listOf(resource.input("ipv6CidrBlocks")),
				],
				protocol: resource.input("protocol"),
			},
		];
	}
	return listOf(resource.input("ingress"))
		.filter(isRecord)
		.map((rule) => ({
			networks: [...listOf(rule.cidrBlocks), ...listOf(rule.ipv6CidrBlocks)],
			protocol: rule.protocol,
			from: rule.fromPort,
			to: rule.toPort,
		}));
}

function opensTo({ networks, protocol, from, to }: Opening, port: number) {
	const isForEveryone = networks.some(
		(network) => typeof network === "string" && network.endsWith("/0"),
	);
	// Protocol -1 is every protocol and every port, whatever the range says.
	const isAll = protocol === "-1" || protocol === "all";
	const isInRange =
		typeof from === "number" &&
		typeof to === "number" &&
		from <= port &&
		port <= to;
	return isForEveryone && (isAll || isInRange);
}

function openToEveryone(port: number): Finding {
	return {
		expected: `port ${port} open to named networks or security groups only`,
		actual: "everyone",
		fix: "name the security group that may connect (referencedSecurityGroupId)",
	};
}
