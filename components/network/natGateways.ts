import { Eip } from "@pulumi/aws/ec2/eip.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { Route } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import type { Subnet } from "@pulumi/aws/ec2/subnet.js";
import type * as pulumi from "@pulumi/pulumi";
import type { PlannedEgress } from "./subnets.ts";

interface NatGatewayArgs {
	readonly vpcId: pulumi.Input<string>;
	readonly publicSubnets: ReadonlyMap<number, Subnet>;
	readonly privateSubnets: ReadonlyMap<number, Subnet>;
	/** Numbers of the public subnets that get a gateway. */
	readonly gateways: readonly number[];
	readonly egress: readonly PlannedEgress[];
	/** The route to the internet that the gateways themselves use. */
	readonly internet: Route;
	readonly parent: pulumi.Resource;
}

/** Declares the private subnets' route tables and the gateways that they lead to. */
export function createNatGateways(name: string, args: NatGatewayArgs): void {
	const gateways = new Map(
		args.gateways.map((number) => [
			number,
			createNatGateway(`${name}-nat-${number}`, number, args),
		]),
	);
	for (const [number, subnet] of args.privateSubnets) {
		const table = createRouteTable(`${name}-private-${number}`, subnet, args);
		const egress = args.egress.find((planned) => planned.subnet === number);
		const gateway = egress && gateways.get(egress.gateway);
		if (gateway) {
			new Route(
				`${name}-private-${number}-internet`,
				{
					routeTableId: table.id,
					destinationCidrBlock: "0.0.0.0/0",
					natGatewayId: gateway.id,
				},
				{ parent: args.parent },
			);
		}
	}
}

function createNatGateway(
	name: string,
	number: number,
	args: NatGatewayArgs,
): NatGateway {
	const subnet = args.publicSubnets.get(number);
	if (!subnet) {
		throw new RangeError(`${name}: expected public subnet ${number}, got none`);
	}
	const address = new Eip(
		name,
		{ domain: "vpc", tags: { Name: name } },
		{ parent: args.parent },
	);
	return new NatGateway(
		name,
		{ subnetId: subnet.id, allocationId: address.id, tags: { Name: name } },
		// Without the route to the internet a gateway fails to become available.
		{ parent: args.parent, dependsOn: args.internet },
	);
}

function createRouteTable(
	name: string,
	subnet: Subnet,
	args: NatGatewayArgs,
): RouteTable {
	const table = new RouteTable(
		name,
		{ vpcId: args.vpcId, tags: { Name: name } },
		{ parent: args.parent },
	);
	new RouteTableAssociation(
		name,
		{ subnetId: subnet.id, routeTableId: table.id },
		{ parent: args.parent },
	);
	return table;
}
