import { isDeepStrictEqual } from "node:util";
import type { Cloud, Properties, PropertyFailure } from "../handler.ts";
import { accountId, arn, randomId } from "../naming.ts";
import { requireString, stringOf } from "../properties.ts";
import { rememberedHandler } from "../remember.ts";
import { parseCidr } from "./cidr.ts";
import { findUser, requireResource } from "./references.ts";
import {
	defaultSecurityGroupType,
	egressRuleType,
	ingressRuleType,
	securityGroupType,
	vpcType,
} from "./types.ts";

export const securityGroup = rememberedHandler({
	type: securityGroupType,
	replaceOn: ["name", "namePrefix", "description", "vpcId"],
	defaults: {
		description: "Managed by Pulumi",
		ingress: [],
		egress: [],
		revokeRulesOnDelete: false,
	},
	describe({ inputs, autoName }, cloud) {
		const vpcId = stringOf(inputs, "vpcId");
		requireResource(cloud, vpcType, vpcId, "InvalidVpcID");
		const name = stringOf(inputs, "name") ?? autoName();
		const other = cloud.resources.find(
			securityGroupType,
			(r) => r.outputs.name === name && r.inputs.vpcId === vpcId,
		);
		if (other !== undefined)
			throw new Error(
				`InvalidGroup.Duplicate: the security group '${name}' already exists for VPC '${vpcId}'`,
			);
		const id = randomId("sg");
		return {
			id,
			outputs: {
				name,
				arn: arn("ec2", `security-group/${id}`),
				ownerId: accountId,
			},
		};
	},
	usedBy: (id, cloud) =>
		findUser(cloud, id, [
			"aws:lb/loadBalancer:LoadBalancer",
			"aws:ecs/service:Service",
			"aws:rds/instance:Instance",
		]) ??
		findUser(
			cloud,
			id,
			[ingressRuleType, egressRuleType],
			(rule) => rule.inputs.securityGroupId !== id,
		),
});

/** Not made but adopted: every VPC has one. Its delete leaves it where it is, as the provider does. */
export const defaultSecurityGroup = rememberedHandler({
	type: defaultSecurityGroupType,
	replaceOn: ["vpcId"],
	defaults: { ingress: [], egress: [], revokeRulesOnDelete: false },
	describe({ inputs }, cloud) {
		const vpcId = stringOf(inputs, "vpcId");
		const vpc = requireResource(cloud, vpcType, vpcId, "InvalidVpcID");
		const id = requireString(vpc.outputs, "defaultSecurityGroupId");
		return {
			id,
			outputs: {
				name: "default",
				description: "default VPC security group",
				arn: arn("ec2", `security-group/${id}`),
				ownerId: accountId,
			},
		};
	},
});

export const ingressRule = rule(ingressRuleType);
export const egressRule = rule(egressRuleType);

const peers = [
	"cidrIpv4",
	"cidrIpv6",
	"prefixListId",
	"referencedSecurityGroupId",
];

function rule(type: string) {
	return rememberedHandler({
		type,
		replaceOn: ["securityGroupId"],
		check: checkRule,
		describe({ inputs }, cloud) {
			const group = requireString(inputs, "securityGroupId");
			requireGroup(cloud, group);
			requirePeer(inputs, cloud);
			const same = cloud.resources.find(type, (other) =>
				isDeepStrictEqual(identity(other.inputs), identity(inputs)),
			);
			if (same !== undefined)
				throw new Error(
					`InvalidPermission.Duplicate: ${group} has the same rule already: ${same.id}`,
				);
			const id = randomId("sgr");
			return {
				id,
				outputs: {
					arn: arn("ec2", `security-group-rule/${id}`),
					securityGroupRuleId: id,
				},
			};
		},
		verifyUpdate: (inputs, _id, cloud) => requirePeer(inputs, cloud),
	});
}

/** Pure: exactly one peer, and ports unless every protocol is meant. */
export function checkRule(inputs: Properties): readonly PropertyFailure[] {
	const failures: PropertyFailure[] = [];
	const given = peers.filter((peer) => inputs[peer] !== undefined);
	if (given.length !== 1)
		failures.push({
			property: given[1] ?? "cidrIpv4",
			reason: `expected exactly one of ${peers.join(", ")}, got ${given.length}`,
		});
	if (inputs.ipProtocol === "-1") return failures;
	for (const port of ["fromPort", "toPort"])
		if (inputs[port] === undefined)
			failures.push({
				property: port,
				reason: "needed unless ipProtocol is -1",
			});
	return failures;
}

function requirePeer(inputs: Properties, cloud: Cloud): void {
	const block = stringOf(inputs, "cidrIpv4");
	if (block !== undefined) parseCidr(block);
	const peer = stringOf(inputs, "referencedSecurityGroupId");
	if (peer !== undefined) requireGroup(cloud, peer);
}

function requireGroup(cloud: Cloud, id: string): void {
	if (cloud.resources.get(defaultSecurityGroupType, id) !== undefined) return;
	requireResource(cloud, securityGroupType, id, "InvalidGroup");
}

const identity = (inputs: Properties): unknown[] =>
	["securityGroupId", "ipProtocol", "fromPort", "toPort", ...peers].map(
		(key) => inputs[key],
	);
