import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import type * as pulumi from "@pulumi/pulumi";

/** The other end of a rule: a network, or the members of a security group. */
export type Peer =
	| { readonly cidr: string }
	| { readonly securityGroupId: pulumi.Input<string> };

/** One TCP port, or a range, from or to a peer. `name` is part of the rule's logical name. */
export interface TcpRule {
	readonly name: string;
	readonly port: number | { readonly from: number; readonly to: number };
	readonly peer: Peer;
}

interface SecurityGroupArgs {
	readonly vpcId: pulumi.Input<string>;
	readonly description: string;
	readonly ingress: readonly TcpRule[];
	readonly egress: readonly TcpRule[];
}

/** Declares a group that allows the listed ports and nothing else, inwards and outwards. */
export function createSecurityGroup(
	name: string,
	args: SecurityGroupArgs,
	parent: pulumi.Resource,
): SecurityGroup {
	const group = new SecurityGroup(
		name,
		{
			vpcId: args.vpcId,
			description: args.description,
			tags: { Name: name },
		},
		{ parent },
	);
	for (const rule of args.ingress) {
		allowIngress(name, group.id, rule, parent);
	}
	for (const rule of args.egress) {
		new SecurityGroupEgressRule(
			`${name}-to-${rule.name}`,
			{ securityGroupId: group.id, ...ruleTarget(rule) },
			{ parent },
		);
	}
	return group;
}

/** Adds one ingress rule to a group. */
export function allowIngress(
	name: string,
	securityGroupId: pulumi.Input<string>,
	rule: TcpRule,
	parent: pulumi.Resource,
): SecurityGroupIngressRule {
	return new SecurityGroupIngressRule(
		`${name}-from-${rule.name}`,
		{ securityGroupId, ...ruleTarget(rule) },
		{ parent },
	);
}

function ruleTarget({ port, peer }: TcpRule) {
	const { from, to } =
		typeof port === "number" ? { from: port, to: port } : port;
	const range = { ipProtocol: "tcp", fromPort: from, toPort: to };
	return "cidr" in peer
		? { ...range, cidrIpv4: peer.cidr }
		: { ...range, referencedSecurityGroupId: peer.securityGroupId };
}
