import assert from "node:assert/strict";
import { programIn } from "../programs.ts";

describe("createSecurityGroup", () => {
	it("lets everyone in on the load balancer's two public ports and nowhere else", async () => {
		const program = await programIn("live");
		const open = program
			.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
			.filter(({ inputs }) => inputs.cidrIpv4 === "0.0.0.0/0")
			.map(({ inputs }) => [
				inputs.securityGroupId,
				inputs.fromPort,
				inputs.toPort,
			]);
		assert.deepEqual(open.sort(), [
			["trusted-login-edge-id", 443, 443],
			["trusted-login-edge-id", 80, 80],
		]);
	});

	it("opens the test port to operators only", async () => {
		const program = await programIn("live");
		const sources = program
			.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
			.filter(({ inputs }) => inputs.fromPort === 8443)
			.map(({ inputs }) => inputs.cidrIpv4);
		assert.deepEqual(sources, ["203.0.113.0/24"]);
	});

	it("opens the database to members of named groups, never to a network", async () => {
		const program = await programIn("live");
		const rules = program
			.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
			.filter(({ inputs }) => inputs.securityGroupId === "trusted-login-db-id");
		assert.deepEqual(
			rules.map(({ inputs }) => inputs.referencedSecurityGroupId).sort(),
			[
				"trusted-login-backend-id",
				"trusted-login-convert-id",
				"trusted-login-final-sync-id",
				"trusted-login-schema-id",
			],
		);
		assert.ok(rules.every(({ inputs }) => inputs.cidrIpv4 === undefined));
	});

	it("declares no rule inside a group, where it would fight with the rules beside it", async () => {
		const program = await programIn("live");
		for (const { name, inputs } of program.ofType(
			"aws:ec2/securityGroup:SecurityGroup",
		)) {
			assert.equal(inputs.ingress ?? inputs.egress, undefined, name);
		}
	});
});
