import assert from "node:assert/strict";
import {
	containsCidr,
	formatAddress,
	overlaps,
	parseCidr,
} from "../../../../rehearsal/cloud/ec2/cidr.ts";
import { checkRule } from "../../../../rehearsal/cloud/ec2/securityGroups.ts";
import { waitUntilUnused } from "../../../../rehearsal/cloud/remember.ts";
import { createTestCloud, type TestCloud } from "../testCloud.ts";

const vpcType = "aws:ec2/vpc:Vpc";
const subnetType = "aws:ec2/subnet:Subnet";

describe("address blocks", () => {
	it("are read with their first and last address", () => {
		const block = parseCidr("10.20.30.128/25");
		assert.equal(formatAddress(block.first), "10.20.30.128");
		assert.equal(formatAddress(block.last), "10.20.30.255");
	});

	for (const text of ["10.0.0.0", "10.0.0.0/33", "10.0.256.0/24", "a/8", ""])
		it(`refuse '${text}'`, () => {
			assert.throws(() => parseCidr(text), /is not an IPv4 CIDR block/);
		});

	it("refuse an address in the middle, and say where the block begins", () => {
		assert.throws(() => parseCidr("10.0.1.5/24"), /it would be 10.0.1.0\/24/);
	});

	it("contain and overlap", () => {
		const whole = parseCidr("10.0.0.0/16");
		const part = parseCidr("10.0.3.0/24");
		assert.ok(containsCidr(whole, part) && !containsCidr(part, whole));
		assert.ok(overlaps(whole, part));
		assert.ok(!overlaps(part, parseCidr("10.0.4.0/24")));
		assert.ok(!containsCidr(whole, parseCidr("10.1.0.0/24")));
		assert.ok(parseCidr("0.0.0.0/0").last === 2 ** 32 - 1);
	});
});

describe("the network of the laptop cloud", () => {
	let test: TestCloud;
	beforeEach(() => {
		test = createTestCloud();
	});
	afterEach(() => test.remove());
	const vpc = () => test.create(vpcType, { cidrBlock: "10.0.0.0/16" });
	const subnet = (vpcId: string, cidrBlock: string) =>
		test.create(subnetType, {
			vpcId,
			cidrBlock,
			availabilityZone: "us-east-1b",
		});

	it("refuses a subnet outside its VPC", async () => {
		await assert.rejects(
			subnet(await vpc(), "10.1.0.0/24"),
			/InvalidSubnet.Range.*10.0.0.0\/16/,
		);
	});

	it("refuses a subnet that overlaps another one", async () => {
		const id = await vpc();
		await subnet(id, "10.0.0.0/24");
		await assert.rejects(
			subnet(id, "10.0.0.128/25"),
			/InvalidSubnet.Conflict.*10.0.0.0\/24/,
		);
	});

	it("refuses a subnet in a VPC that is not there", async () => {
		await assert.rejects(
			subnet("vpc-none", "10.0.0.0/24"),
			/InvalidVpcID.NotFound/,
		);
	});

	it("refuses a route to a gateway that is not there, and a second one to the same destination", async () => {
		const vpcId = await vpc();
		const table = await test.create("aws:ec2/routeTable:RouteTable", { vpcId });
		const route = (gatewayId: string) =>
			test.create("aws:ec2/route:Route", {
				routeTableId: table,
				destinationCidrBlock: "0.0.0.0/0",
				gatewayId,
			});
		await assert.rejects(route("igw-none"), /InvalidGatewayID.NotFound/);
		const gateway = await test.create(
			"aws:ec2/internetGateway:InternetGateway",
			{ vpcId },
		);
		await route(gateway);
		await assert.rejects(route(gateway), /RouteAlreadyExists/);
	});

	it("adopts the security group that every VPC has", async () => {
		const vpcId = await vpc();
		const id = await test.create(
			"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
			{ vpcId, ingress: [], egress: [] },
		);
		assert.equal(
			test.store.resources.get(vpcType, vpcId)?.outputs.defaultSecurityGroupId,
			id,
		);
	});

	it("refuses the same rule twice", async () => {
		const securityGroupId = await test.create(
			"aws:ec2/securityGroup:SecurityGroup",
			{ vpcId: await vpc() },
		);
		const rule = () =>
			test.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
				securityGroupId,
				ipProtocol: "tcp",
				fromPort: 443,
				toPort: 443,
				cidrIpv4: "0.0.0.0/0",
			});
		await rule();
		await assert.rejects(rule(), /InvalidPermission.Duplicate/);
	});

	it("wants one peer and the ports of a rule", () => {
		assert.deepEqual(
			checkRule({ ipProtocol: "tcp", cidrIpv4: "0.0.0.0/0", fromPort: 1 }),
			[{ property: "toPort", reason: "needed unless ipProtocol is -1" }],
		);
		assert.equal(checkRule({ ipProtocol: "-1" }).length, 1);
		assert.deepEqual(checkRule({ ipProtocol: "-1", cidrIpv4: "x" }), []);
	});

	it("waits for the last user of a resource, and refuses when it stays", async () => {
		let users = 2;
		await waitUntilUnused("vpc", "vpc-1", () => {
			users -= 1;
			return users > 0 ? "subnet-1" : undefined;
		});
		await assert.rejects(
			waitUntilUnused("vpc", "vpc-1", () => "subnet-1", 0),
			/DependencyViolation: vpc 'vpc-1' is used by subnet-1/,
		);
	});

	it("finds a resource by its URN, so that an interrupted create can be settled", async () => {
		const urn = `urn:pulumi:test::test::${vpcType}::thing`;
		assert.deepEqual(await test.ask("read", { urn }), { found: false });
		const id = await vpc();
		const answer = await test.ask("read", { urn });
		assert.equal(answer.found, true);
		assert.equal(answer.id, id);
	});
});
