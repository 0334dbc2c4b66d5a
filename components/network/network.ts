import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { Route } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkSettings } from "@trusted-login/settings";
import { createNatGateways } from "./natGateways.ts";
import {
	type PlannedSubnet,
	planEgress,
	planNatGateways,
	planSubnets,
} from "./subnets.ts";

/** What the VPC looks like; every default is in the settings. */
export interface NetworkArgs {
	/** Address range of the VPC. A change replaces the VPC and everything in it. */
	readonly cidr: string;
	/** Ranges of the subnets that the load balancer lives in. A change replaces the subnet. */
	readonly publicSubnets: readonly string[];
	/** Ranges of the subnets that tasks and database live in. A change replaces the subnet and what runs there. */
	readonly privateSubnets: readonly string[];
	/** One zone for each position of the subnet lists. A change replaces the subnet. */
	readonly availabilityZones: readonly string[];
	/** How many ways out the private subnets have. A change cuts running tasks off from AWS for seconds. */
	readonly natGateways: NetworkSettings["natGateways"];
}

/** A VPC with public and private subnets in every zone, and nothing allowed by default. */
export class Network extends pulumi.ComponentResource {
	readonly vpcId: pulumi.Output<string>;
	readonly cidr: string;
	readonly publicSubnetIds: pulumi.Output<string>[];
	readonly privateSubnetIds: pulumi.Output<string>[];

	constructor(
		name: string,
		args: NetworkArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("trusted-login:network:Network", name, args, opts);
		const publicPlan = planSubnets(args.publicSubnets, args.availabilityZones);
		const privatePlan = planSubnets(
			args.privateSubnets,
			args.availabilityZones,
		);
		const gatewayPlan = planNatGateways(args.natGateways, publicPlan);

		const vpc = createVpc(name, args.cidr, this);
		const publicSubnets = createSubnets(name, "public", publicPlan, vpc, this);
		const privateSubnets = createSubnets(
			name,
			"private",
			privatePlan,
			vpc,
			this,
		);
		const internet = createInternetRoute(name, vpc, publicSubnets, this);
		createNatGateways(name, {
			vpcId: vpc.id,
			publicSubnets,
			privateSubnets,
			gateways: gatewayPlan,
			egress: planEgress(gatewayPlan, privatePlan),
			internet,
			parent: this,
		});

		this.vpcId = vpc.id;
		this.cidr = args.cidr;
		this.publicSubnetIds = [...publicSubnets.values()].map(({ id }) => id);
		this.privateSubnetIds = [...privateSubnets.values()].map(({ id }) => id);
		this.registerOutputs({
			vpcId: this.vpcId,
			cidr: this.cidr,
			publicSubnetIds: this.publicSubnetIds,
			privateSubnetIds: this.privateSubnetIds,
		});
	}
}

function createVpc(name: string, cidr: string, parent: Network): Vpc {
	const vpc = new Vpc(
		`${name}-vpc`,
		{
			cidrBlock: cidr,
			enableDnsSupport: true,
			enableDnsHostnames: true,
			tags: { Name: `${name}-vpc` },
		},
		{ parent },
	);
	// AWS makes this group with every member open to every other; declared without rules it is emptied.
	new DefaultSecurityGroup(
		`${name}-default`,
		{ vpcId: vpc.id, ingress: [], egress: [], tags: { Name: `${name}-none` } },
		{ parent },
	);
	return vpc;
}

function createSubnets(
	name: string,
	tier: "public" | "private",
	plan: readonly PlannedSubnet[],
	vpc: Vpc,
	parent: Network,
): Map<number, Subnet> {
	return new Map(
		plan.map(({ number, cidr, zone }) => [
			number,
			new Subnet(
				`${name}-${tier}-${number}`,
				{
					vpcId: vpc.id,
					cidrBlock: cidr,
					availabilityZone: zone,
					mapPublicIpOnLaunch: tier === "public",
					tags: { Name: `${name}-${tier}-${number}` },
				},
				{ parent },
			),
		]),
	);
}

function createInternetRoute(
	name: string,
	vpc: Vpc,
	publicSubnets: ReadonlyMap<number, Subnet>,
	parent: Network,
): Route {
	const gateway = new InternetGateway(
		`${name}-igw`,
		{ vpcId: vpc.id, tags: { Name: `${name}-igw` } },
		{ parent },
	);
	const table = new RouteTable(
		`${name}-public`,
		{ vpcId: vpc.id, tags: { Name: `${name}-public` } },
		{ parent },
	);
	for (const [number, subnet] of publicSubnets) {
		new RouteTableAssociation(
			`${name}-public-${number}`,
			{ subnetId: subnet.id, routeTableId: table.id },
			{ parent },
		);
	}
	return new Route(
		`${name}-public-internet`,
		{
			routeTableId: table.id,
			destinationCidrBlock: "0.0.0.0/0",
			gatewayId: gateway.id,
		},
		{ parent },
	);
}
