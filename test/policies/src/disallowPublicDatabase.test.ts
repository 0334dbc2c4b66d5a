import assert from "node:assert/strict";
import { disallowPublicDatabase } from "../../../policies/src/disallowPublicDatabase.ts";
import { instance } from "../fixtures.ts";
import { type Judged, messagesOf } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const rule: Judged = {
	type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
	props: {
		ipProtocol: "tcp",
		fromPort: 5432,
		toPort: 5432,
		cidrIpv4: "10.0.0.0/16",
	},
};
const oldRule: Judged = {
	type: "aws:ec2/securityGroupRule:SecurityGroupRule",
	props: {
		type: "ingress",
		protocol: "tcp",
		fromPort: 5000,
		toPort: 6000,
		cidrBlocks: ["10.0.0.0/16"],
	},
};
const group: Judged = {
	type: "aws:ec2/securityGroup:SecurityGroup",
	props: {
		ingress: [
			{
				protocol: "tcp",
				fromPort: 443,
				toPort: 443,
				cidrBlocks: ["0.0.0.0/0"],
			},
		],
	},
};
const clusterInstance: Judged = {
	type: "aws:rds/clusterInstance:ClusterInstance",
	props: { publiclyAccessible: false },
};
const open =
	"expected port 5432 open to named networks or security groups only, got everyone; name the security group that may connect (referencedSecurityGroupId)";
const isPublic =
	"expected publiclyAccessible false, got true; set publiclyAccessible: false and reach the database through the VPC";

describe("disallowPublicDatabase", () => {
	testRule({
		policy: disallowPublicDatabase,
		compliant: {
			instance,
			clusterInstance,
			"a rule for one network": rule,
			"an older rule for one network": oldRule,
			"a group open on another port": group,
		},
		broken: [
			["a public instance", "instance", ["publiclyAccessible"], true, isPublic],
			[
				"a public instance of a cluster",
				"clusterInstance",
				["publiclyAccessible"],
				true,
				isPublic,
			],
			[
				"a rule for all IPv4",
				"a rule for one network",
				["cidrIpv4"],
				"0.0.0.0/0",
				open,
			],
			[
				"a rule for all IPv6",
				"a rule for one network",
				["cidrIpv6"],
				"::/0",
				open,
			],
			[
				"an older rule for everyone",
				"an older rule for one network",
				["cidrBlocks", 0],
				"0.0.0.0/0",
				open,
			],
			[
				"a group with the port inside an open range",
				"a group open on another port",
				["ingress", 0, "toPort"],
				6000,
				open,
			],
			[
				"a group with every protocol open",
				"a group open on another port",
				["ingress", 0, "protocol"],
				"-1",
				open,
			],
		],
		needed: [
			["instance", ["publiclyAccessible"]],
			["clusterInstance", ["publiclyAccessible"]],
		],
		others: [
			change(
				change(oldRule, ["type"], "egress"),
				["cidrBlocks", 0],
				"0.0.0.0/0",
			),
		],
	});

	it("knows the ports that it is told", async () => {
		const everyone = change(rule, ["cidrIpv4"], "0.0.0.0/0");
		assert.deepEqual(
			await messagesOf(disallowPublicDatabase(), everyone, { ports: [3306] }),
			[],
		);
	});
});
