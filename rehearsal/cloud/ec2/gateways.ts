import { arn, randomId } from "../naming.ts";
import { stringOf } from "../properties.ts";
import { rememberedHandler } from "../remember.ts";
import { findUser, requireResource } from "./references.ts";
import {
	eipType,
	internetGatewayType,
	natGatewayType,
	routeTableType,
	routeType,
	subnetType,
	vpcType,
} from "./types.ts";

export const internetGateway = rememberedHandler({
	type: internetGatewayType,
	replaceOn: [],
	describe({ inputs }, cloud) {
		const vpcId = stringOf(inputs, "vpcId");
		if (vpcId !== undefined) {
			requireResource(cloud, vpcType, vpcId, "InvalidVpcID");
			const other = cloud.resources.find(
				internetGatewayType,
				(gateway) => gateway.inputs.vpcId === vpcId,
			);
			if (other !== undefined)
				throw new Error(
					`Resource.AlreadyAssociated: ${vpcId} has the internet gateway ${other.id} already`,
				);
		}
		const id = randomId("igw");
		return {
			id,
			outputs: {
				arn: arn("ec2", `internet-gateway/${id}`),
				ownerId: cloud.accountId,
			},
		};
	},
	usedBy: (id, cloud) => findUser(cloud, id, [routeType, routeTableType]),
});

export const eip = rememberedHandler({
	type: eipType,
	replaceOn: ["domain", "publicIpv4Pool", "networkBorderGroup", "address"],
	defaults: { domain: "vpc", publicIpv4Pool: "amazon" },
	describe() {
		const id = randomId("eipalloc");
		// 203.0.113.0/24 is reserved for documentation: it reaches nobody.
		const last = (Number.parseInt(id.slice(-2), 16) % 254) + 1;
		const publicIp = `203.0.113.${last}`;
		return {
			id,
			outputs: {
				allocationId: id,
				arn: arn("ec2", `elastic-ip/${id}`),
				publicIp,
				publicDns: `ec2-${publicIp.replaceAll(".", "-")}.compute-1.amazonaws.com`,
			},
		};
	},
	usedBy: (id, cloud) => findUser(cloud, id, [natGatewayType]),
});

export const natGateway = rememberedHandler({
	type: natGatewayType,
	replaceOn: ["allocationId", "connectivityType", "subnetId", "privateIp"],
	defaults: { connectivityType: "public" },
	describe({ inputs }, cloud) {
		const subnetId = stringOf(inputs, "subnetId");
		if (subnetId === undefined)
			throw new Error("InvalidParameter: a NAT gateway needs subnetId");
		requireResource(cloud, subnetType, subnetId, "InvalidSubnetID");
		const allocationId = stringOf(inputs, "allocationId");
		const address =
			allocationId === undefined
				? undefined
				: requireResource(cloud, eipType, allocationId, "InvalidAllocationID");
		if (address === undefined && inputs.connectivityType !== "private")
			throw new Error(
				"InvalidParameter: a public NAT gateway needs allocationId",
			);
		const taken = findUser(cloud, allocationId ?? "", [natGatewayType]);
		if (taken !== undefined)
			throw new Error(
				`InvalidIPAddress.InUse: ${allocationId} is associated with ${taken}`,
			);
		return {
			id: randomId("nat"),
			outputs: {
				associationId: randomId("eipassoc"),
				networkInterfaceId: randomId("eni"),
				publicIp: address?.outputs.publicIp ?? "",
			},
		};
	},
	usedBy: (id, cloud) => findUser(cloud, id, [routeType, routeTableType]),
});
