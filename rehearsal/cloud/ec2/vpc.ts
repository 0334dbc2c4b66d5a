import { arn, randomId } from "../naming.ts";
import { requireString, stringOf } from "../properties.ts";
import { rememberedHandler } from "../remember.ts";
import { containsCidr, overlaps, parseCidr } from "./cidr.ts";
import { findUser, requireResource } from "./references.ts";
import {
	defaultSecurityGroupType,
	internetGatewayType,
	natGatewayType,
	routeTableType,
	securityGroupType,
	subnetType,
	vpcType,
} from "./types.ts";

export const vpc = rememberedHandler({
	type: vpcType,
	replaceOn: ["cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"],
	defaults: {
		enableDnsSupport: true,
		enableDnsHostnames: false,
		instanceTenancy: "default",
		enableNetworkAddressUsageMetrics: false,
		assignGeneratedIpv6CidrBlock: false,
	},
	describe({ inputs }) {
		const block = requireString(inputs, "cidrBlock");
		const { prefix } = parseCidr(block);
		if (prefix < 16 || prefix > 28)
			throw new Error(
				`InvalidVpc.Range: the CIDR '${block}' is invalid; a VPC is between /16 and /28`,
			);
		const id = randomId("vpc");
		const routeTable = randomId("rtb");
		return {
			id,
			outputs: {
				arn: arn("ec2", `vpc/${id}`),
				ownerId: "000000000000",
				defaultSecurityGroupId: randomId("sg"),
				defaultRouteTableId: routeTable,
				mainRouteTableId: routeTable,
				defaultNetworkAclId: randomId("acl"),
				dhcpOptionsId: randomId("dopt"),
			},
		};
	},
	usedBy: (id, cloud) =>
		findUser(cloud, id, [
			subnetType,
			internetGatewayType,
			routeTableType,
			securityGroupType,
			defaultSecurityGroupType,
		]),
});

export const subnet = rememberedHandler({
	type: subnetType,
	replaceOn: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
	defaults: {
		mapPublicIpOnLaunch: false,
		assignIpv6AddressOnCreation: false,
		enableDns64: false,
		ipv6Native: false,
		privateDnsHostnameTypeOnLaunch: "ip-name",
	},
	describe({ inputs }, cloud) {
		const vpcId = requireString(inputs, "vpcId");
		const network = requireResource(cloud, vpcType, vpcId, "InvalidVpcID");
		const block = requireString(inputs, "cidrBlock");
		const wanted = parseCidr(block);
		const whole = parseCidr(requireString(network.inputs, "cidrBlock"));
		if (!containsCidr(whole, wanted))
			throw new Error(
				`InvalidSubnet.Range: the CIDR '${block}' is outside the VPC's ${network.inputs.cidrBlock}`,
			);
		const neighbour = cloud.resources.find(
			subnetType,
			(other) =>
				other.inputs.vpcId === vpcId &&
				overlaps(parseCidr(requireString(other.inputs, "cidrBlock")), wanted),
		);
		if (neighbour !== undefined)
			throw new Error(
				`InvalidSubnet.Conflict: the CIDR '${block}' conflicts with ${neighbour.inputs.cidrBlock} of ${neighbour.id}`,
			);
		const zone = stringOf(inputs, "availabilityZone") ?? `${cloud.region}a`;
		const id = randomId("subnet");
		return {
			id,
			outputs: {
				arn: arn("ec2", `subnet/${id}`),
				ownerId: cloud.accountId,
				availabilityZone: zone,
				availabilityZoneId: `use1-az${zone.charCodeAt(zone.length - 1) - 96}`,
			},
		};
	},
	usedBy: (id, cloud) =>
		findUser(cloud, id, [
			natGatewayType,
			"aws:lb/loadBalancer:LoadBalancer",
			"aws:ecs/service:Service",
		]),
});
