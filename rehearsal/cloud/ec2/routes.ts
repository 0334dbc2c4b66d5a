import { createHash } from "node:crypto";
import type { Cloud, Properties } from "../handler.ts";
import { arn, randomId } from "../naming.ts";
import { requireString, stringOf } from "../properties.ts";
import { rememberedHandler } from "../remember.ts";
import { parseCidr } from "./cidr.ts";
import { findUser, requireResource } from "./references.ts";
import {
	internetGatewayType,
	natGatewayType,
	routeTableAssociationType,
	routeTableType,
	routeType,
	subnetType,
	vpcType,
} from "./types.ts";

export const routeTable = rememberedHandler({
	type: routeTableType,
	replaceOn: ["vpcId"],
	defaults: { routes: [], propagatingVgws: [] },
	describe({ inputs }, cloud) {
		requireResource(cloud, vpcType, stringOf(inputs, "vpcId"), "InvalidVpcID");
		const id = randomId("rtb");
		return {
			id,
			outputs: {
				arn: arn("ec2", `route-table/${id}`),
				ownerId: cloud.accountId,
			},
		};
	},
	usedBy: (id, cloud) => findUser(cloud, id, [routeTableAssociationType]),
});

export const route = rememberedHandler({
	type: routeType,
	replaceOn: [
		"routeTableId",
		"destinationCidrBlock",
		"destinationIpv6CidrBlock",
		"destinationPrefixListId",
	],
	describe({ inputs }, cloud) {
		const table = requireString(inputs, "routeTableId");
		requireResource(cloud, routeTableType, table, "InvalidRouteTableID");
		const destination = requireString(inputs, "destinationCidrBlock");
		parseCidr(destination);
		requireTarget(inputs, cloud);
		const same = cloud.resources.find(
			routeType,
			(other) =>
				other.inputs.routeTableId === table &&
				other.inputs.destinationCidrBlock === destination,
		);
		if (same !== undefined)
			throw new Error(
				`RouteAlreadyExists: ${table} has a route to ${destination} already`,
			);
		const hash = createHash("sha256").update(destination).digest("hex");
		return {
			id: `r-${table}${Number.parseInt(hash.slice(0, 8), 16)}`,
			outputs: { origin: "CreateRoute", state: "active" },
		};
	},
	verifyUpdate: (inputs, _id, cloud) => requireTarget(inputs, cloud),
});

export const routeTableAssociation = rememberedHandler({
	type: routeTableAssociationType,
	replaceOn: ["subnetId", "gatewayId"],
	deleteBeforeReplace: true,
	describe({ inputs }, cloud) {
		const table = stringOf(inputs, "routeTableId");
		requireResource(cloud, routeTableType, table, "InvalidRouteTableID");
		const subnetId = stringOf(inputs, "subnetId");
		requireResource(cloud, subnetType, subnetId, "InvalidSubnetID");
		const other = cloud.resources.find(
			routeTableAssociationType,
			(association) => association.inputs.subnetId === subnetId,
		);
		if (other !== undefined)
			throw new Error(
				`Resource.AlreadyAssociated: ${subnetId} is associated with ${other.inputs.routeTableId} already`,
			);
		return { id: randomId("rtbassoc"), outputs: {} };
	},
	verifyUpdate(inputs, _id, cloud) {
		const table = stringOf(inputs, "routeTableId");
		requireResource(cloud, routeTableType, table, "InvalidRouteTableID");
	},
});

function requireTarget(inputs: Properties, cloud: Cloud): void {
	const gateway = stringOf(inputs, "gatewayId");
	const nat = stringOf(inputs, "natGatewayId");
	if (gateway !== undefined)
		requireResource(cloud, internetGatewayType, gateway, "InvalidGatewayID");
	if (nat !== undefined)
		requireResource(cloud, natGatewayType, nat, "InvalidNatGatewayID");
	if (gateway === undefined && nat === undefined)
		throw new Error(
			"InvalidParameterCombination: a route needs gatewayId or natGatewayId; the laptop cloud has no other targets",
		);
}
