import assert from "node:assert/strict";
import fc from "fast-check";
import {
	agentName,
	maskedAddress,
	pathTemplate,
} from "../../../cutover/src/apiUsage/names.ts";
import { parseRequest } from "../../../cutover/src/apiUsage/requests.ts";

const alb =
	'https 2026-11-25T02:10:00.186641Z app/trusted-login/50dc6c495c0c9188 192.0.2.17:2817 10.0.10.5:8000 0.086 0.048 0.037 200 200 0 57 "GET https://api.trusted-login.com:443/api/v1/workflows/17?page=2 HTTP/1.1" "curl/8.5 \\x22quoted\\x22" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/x/73e2d6bc24d8a067 "Root=1-58337327-72bd00b0343d75b906739c42" "api.trusted-login.com" "-" 101 2026-11-25T02:09:59.364000Z "forward" "-" "-" "10.0.10.5:8000" "200" "-" "-"';
const combined =
	'203.0.113.7 - ada [25/Nov/2026:03:10:00 +0100] "POST /api/v1/auth/login HTTP/1.1" 401 31 "-" "Mozilla/5.0 (X11; Linux)"';

describe("a line of an access log", () => {
	it("is read as AWS's load balancer writes it", () => {
		assert.deepEqual(parseRequest(alb), {
			at: Date.parse("2026-11-25T02:10:00.186Z"),
			method: "GET",
			path: "/api/v1/workflows/17?page=2",
			status: "200",
			client: "192.0.2.17:2817",
			userAgent: "curl/8.5 \\x22quoted\\x22",
		});
	});

	it("is read as nginx writes it, with what a team has added, and without the agent", () => {
		const wanted = {
			at: Date.parse("2026-11-25T02:10:00Z"),
			method: "POST",
			path: "/api/v1/auth/login",
			status: "401",
			client: "203.0.113.7",
			userAgent: "Mozilla/5.0 (X11; Linux)",
		};
		assert.deepEqual(parseRequest(combined), wanted);
		assert.deepEqual(parseRequest(`${combined} 120 0.004 [backend] -`), wanted);
		assert.deepEqual(parseRequest(combined.replace(/ "-" "Moz.*/, "")), {
			...wanted,
			userAgent: "-",
		});
	});

	it("is read as the laptop's load balancer writes it", () => {
		const line = JSON.stringify({
			time: "2026-11-25T02:10:00.000Z",
			client: "127.0.0.1",
			method: "GET",
			host: "api.trusted-login.localhost",
			path: "/api/v1/profile",
			status: 200,
			targetGroup: "x",
			target: "127.0.0.1:40001",
			ms: 3.1,
			userAgent: "node",
		});
		assert.equal(parseRequest(line)?.path, "/api/v1/profile");
		assert.equal(parseRequest(line)?.userAgent, "node");
	});

	for (const line of [
		"nonsense",
		"{}",
		'{"time": "then", "path": "/"}',
		"{half",
		alb.replace("2026-11-25T02:10:00.186641Z", "yesterday"),
		combined.replace("Nov", "Nuv"),
		combined.slice(0, 40),
		alb.slice(0, 60),
	]) {
		it(`is malformed when it is: ${line.slice(0, 60)}`, () => {
			assert.equal(parseRequest(line), undefined);
		});
	}

	it("never breaks the reading, whatever it holds", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string({ maxLength: 300 }),
					fc
						.tuple(fc.constantFrom(alb, combined), fc.nat(), fc.string())
						.map(([line, at, junk]) => {
							const cut = at % line.length;
							return line.slice(0, cut) + junk + line.slice(cut + 3);
						}),
				),
				(line) => {
					const found = parseRequest(line);
					assert.ok(found === undefined || !Number.isNaN(found.at));
				},
			),
			{ numRuns: 2000 },
		);
	});
});

describe("the name of an endpoint", () => {
	const table: readonly [string, string][] = [
		["/api/v1/workflows", "/api/v1/workflows"],
		["/api/v1/workflows/17?page=2", "/api/v1/workflows/{id}"],
		["/api/v1/workflows/17/execute", "/api/v1/workflows/{id}/execute"],
		[
			"/api/v1/users/3c3b2b9e-0f6a-3a52-9b2f-0c1d2e3f4a5b",
			"/api/v1/users/{id}",
		],
		["/api/v1/users/ada@example.com", "/api/v1/users/{id}"],
		["/api/v1/a/b/c/d/e/f/g/h/i", "/api/v1/a/b/c/d/e/f/…"],
		["/api/v1", "/api/v1"],
		["/api/v1/", "/api/v1/"],
	];
	for (const [path, template] of table) {
		it(`of ${path} is ${template}`, () => {
			assert.equal(pathTemplate(path), template);
		});
	}
});

describe("a client", () => {
	const addresses: readonly [string, string][] = [
		["192.0.2.17:2817", "192.0.2.x"],
		["192.0.2.17", "192.0.2.x"],
		["2001:db8:1:2:3:4:5:6", "2001:db8:1::x"],
		["[2001:db8::7]:443", "2001:db8::x"],
		["::1", "::x"],
		["::ffff:192.0.2.17", "192.0.2.x"],
		["-", "unknown"],
		["ada.example.com", "unknown"],
	];
	for (const [address, masked] of addresses) {
		it(`at ${address} comes from ${masked}`, () => {
			assert.equal(maskedAddress(address), masked);
		});
	}

	it("is called by its user agent, without what says who a person is", () => {
		assert.equal(
			agentName("Bot/1.0 (+mailto:ada@example.com)"),
			"Bot/1.0 (+mailto:(e-mail))",
		);
		assert.equal(agentName("-"), "(no user agent)");
		assert.equal(agentName("x".repeat(5000)).length, 121);
		assert.equal(agentName("a\\x22b\u0007"), 'a"b');
		assert.equal(
			agentName(Buffer.from("Büro/1.0").toString("latin1")),
			"Büro/1.0",
		);
	});
});
