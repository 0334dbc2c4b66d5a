import assert from "node:assert/strict";
import { parseSettings } from "@trusted-login/settings";
import { Edge } from "../../../components/edge/edge.ts";
import { Network } from "../../../components/network/network.ts";
import { programIn } from "../programs.ts";
import { record, stackConfig } from "../recording.ts";

const LISTENER = "aws:lb/listener:Listener";

describe("Edge", () => {
	it("sends HTTP to HTTPS", async () => {
		const program = await programIn("provision");
		const { inputs } = program.get(LISTENER, "trusted-login-edge-http");
		assert.equal(inputs.port, 80);
		assert.deepEqual(inputs.defaultActions, [
			{
				type: "redirect",
				redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" },
			},
		]);
	});

	for (const [role, port] of [
		["https", 443],
		["test", 8443],
	] as const) {
		it(`answers 404 on the ${role} listener where no rule matches`, async () => {
			const program = await programIn("provision");
			const { inputs } = program.get(LISTENER, `trusted-login-edge-${role}`);
			assert.equal(inputs.port, port);
			assert.equal(inputs.protocol, "HTTPS");
			assert.deepEqual(inputs.defaultActions, [
				{
					type: "fixed-response",
					fixedResponse: {
						contentType: "text/plain",
						messageBody: "not found",
						statusCode: "404",
					},
				},
			]);
		});
	}

	it("requests a certificate for both domains when it is given none", async () => {
		const program = await programIn("provision");
		const certificate = program.get(
			"aws:acm/certificate:Certificate",
			"trusted-login-edge",
		);
		assert.equal(certificate.inputs.domainName, "trusted-login.com");
		assert.deepEqual(certificate.inputs.subjectAlternativeNames, [
			"api.trusted-login.com",
		]);
	});

	it("takes the certificate that it is given", async () => {
		const certificateArn =
			"arn:aws:acm:us-east-1:123456789012:certificate/0b1c2d3e-0000";
		const settings = parseSettings(
			stackConfig("provision", { edge: { certificateArn } }),
			"test",
		);
		const program = await record(() => {
			const network = new Network("trusted-login", settings.network);
			new Edge("trusted-login-edge", {
				network,
				settings: settings.edge,
				legacy: settings.legacy,
			});
			return {};
		});
		assert.deepEqual(program.ofType("aws:acm/certificate:Certificate"), []);
		assert.equal(
			program.get(LISTENER, "trusted-login-edge-https").inputs.certificateArn,
			certificateArn,
		);
	});

	it("waits for the way to the internet", async () => {
		const program = await programIn("provision");
		const route = program.get(
			"aws:ec2/route:Route",
			"trusted-login-public-internet",
		);
		const balancer = program.get(
			"aws:lb/loadBalancer:LoadBalancer",
			"trusted-login-edge",
		);
		assert.ok(program.isOrdered(route, balancer));
		assert.equal(balancer.inputs.enableDeletionProtection, true);
	});
});
