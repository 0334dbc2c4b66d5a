import assert from "node:assert/strict";
import { programIn } from "../programs.ts";

describe("Network", () => {
	it("has the subnets of the plan, by name, range and zone", async () => {
		const program = await programIn("provision");
		const subnets = program
			.ofType("aws:ec2/subnet:Subnet")
			.map(({ name, inputs }) => [
				name,
				inputs.cidrBlock,
				inputs.availabilityZone,
				inputs.mapPublicIpOnLaunch,
			]);
		assert.deepEqual(subnets.sort(), [
			["trusted-login-private-1", "10.0.10.0/24", "us-east-1a", false],
			["trusted-login-private-2", "10.0.11.0/24", "us-east-1b", false],
			["trusted-login-public-1", "10.0.1.0/24", "us-east-1a", true],
			["trusted-login-public-2", "10.0.2.0/24", "us-east-1b", true],
		]);
	});

	it("answers DNS and carries the name of the plan", async () => {
		const program = await programIn("provision");
		const { inputs, parent } = program.get(
			"aws:ec2/vpc:Vpc",
			"trusted-login-vpc",
		);
		assert.deepEqual(inputs, {
			cidrBlock: "10.0.0.0/16",
			enableDnsSupport: true,
			enableDnsHostnames: true,
			tags: { Name: "trusted-login-vpc" },
		});
		assert.match(parent, /trusted-login:network:Network::trusted-login$/);
	});

	it("empties the default security group", async () => {
		const program = await programIn("provision");
		const { inputs } = program.get(
			"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
			"trusted-login-default",
		);
		assert.deepEqual([inputs.ingress, inputs.egress], [[], []]);
	});

	it("gives private subnets no route but the NAT gateway of their zone", async () => {
		const program = await programIn("provision");
		const routes = program
			.ofType("aws:ec2/route:Route")
			.map(({ name, inputs }) => [
				name,
				inputs.gatewayId ?? inputs.natGatewayId,
			]);
		assert.deepEqual(routes.sort(), [
			["trusted-login-private-1-internet", "trusted-login-nat-1-id"],
			["trusted-login-private-2-internet", "trusted-login-nat-2-id"],
			["trusted-login-public-internet", "trusted-login-igw-id"],
		]);
	});

	it("makes NAT gateways wait for the route to the internet", async () => {
		const program = await programIn("provision");
		const route = program.get(
			"aws:ec2/route:Route",
			"trusted-login-public-internet",
		);
		for (const gateway of program.ofType("aws:ec2/natGateway:NatGateway")) {
			assert.ok(gateway.dependencies.includes(route.urn), gateway.name);
		}
	});
});
