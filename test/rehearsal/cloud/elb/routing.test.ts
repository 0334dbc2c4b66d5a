import assert from "node:assert/strict";
import {
	type Action,
	type Condition,
	chooseGroup,
	type RoutedRequest,
	type Rule,
	route,
} from "../../../../rehearsal/cloud/elb/routing.ts";

const to = (arn: string): Action => ({
	type: "forward",
	groups: [{ arn, weight: 1 }],
});
const notFound: Action = {
	type: "fixed-response",
	statusCode: 404,
	contentType: "text/plain",
	body: "",
};
const request: RoutedRequest = {
	method: "GET",
	host: "app.example.com",
	path: "/api/v1/users",
	clientAddress: "10.1.2.3",
	headers: { "x-cutover-target": "legacy" },
};

function rule(priority: number, ...conditions: Condition[]): Rule {
	return {
		arn: `r${priority}`,
		priority,
		conditions,
		action: to(`${priority}`),
	};
}

function chosen(rules: readonly Rule[], over: Partial<RoutedRequest> = {}) {
	const action = route(rules, notFound, { ...request, ...over });
	return action.type === "forward" ? action.groups[0]?.arn : "default";
}

describe("routing of a load balancer", () => {
	const cases: readonly [string, Condition, Partial<RoutedRequest>, boolean][] =
		[
			[
				"a host in other letters",
				{ type: "host-header", values: ["APP.example.COM"] },
				{},
				true,
			],
			[
				"a host by a wildcard",
				{ type: "host-header", values: ["*.example.com"] },
				{},
				true,
			],
			[
				"another host",
				{ type: "host-header", values: ["api.example.com"] },
				{},
				false,
			],
			[
				"a dot that is not any letter",
				{ type: "host-header", values: ["app.example.com"] },
				{ host: "appxexample.com" },
				false,
			],
			[
				"one of two paths",
				{ type: "path-pattern", values: ["/x", "/api/*"] },
				{},
				true,
			],
			[
				"a path in other letters",
				{ type: "path-pattern", values: ["/API/*"] },
				{},
				false,
			],
			[
				"a path by one letter",
				{ type: "path-pattern", values: ["/a?i/v1/users"] },
				{},
				true,
			],
			[
				"a path only as a whole",
				{ type: "path-pattern", values: ["/api"] },
				{},
				false,
			],
			[
				"a header's value in other letters",
				{
					type: "http-header",
					name: "X-Cutover-Target",
					values: ["LEGACY"],
				},
				{},
				true,
			],
			[
				"a header that is absent",
				{ type: "http-header", name: "X-Other", values: ["*"] },
				{},
				false,
			],
			[
				"an address inside the network",
				{ type: "source-ip", values: ["192.168.0.0/16", "10.0.0.0/8"] },
				{},
				true,
			],
			[
				"an address outside the network",
				{ type: "source-ip", values: ["10.2.0.0/16"] },
				{},
				false,
			],
			[
				"an IPv4 address written as IPv6",
				{ type: "source-ip", values: ["10.0.0.0/8"] },
				{ clientAddress: "::ffff:10.9.9.9" },
				true,
			],
			[
				"an IPv6 address",
				{ type: "source-ip", values: ["2001:db8::/32"] },
				{ clientAddress: "2001:db8::1" },
				true,
			],
			[
				"a method",
				{ type: "http-request-method", values: ["POST"] },
				{},
				false,
			],
		];
	for (const [what, condition, over, matches] of cases) {
		it(`${matches ? "matches" : "does not match"} ${what}`, () => {
			assert.equal(
				chosen([rule(1, condition)], over),
				matches ? "1" : "default",
			);
		});
	}

	it("takes the rule with the lowest priority number that matches", () => {
		const any: Condition = { type: "path-pattern", values: ["*"] };
		assert.equal(chosen([rule(100, any), rule(10, any)]), "10");
	});

	it("lets a rule match only when all its conditions do", () => {
		const both = [
			{ type: "path-pattern", values: ["/api/*"] },
			{ type: "source-ip", values: ["127.0.0.1/32"] },
		] as const;
		assert.equal(chosen([rule(1, ...both)]), "default");
		assert.equal(
			chosen([rule(1, ...both)], { clientAddress: "127.0.0.1" }),
			"1",
		);
	});
});

describe("weights of target groups", () => {
	const groups = [
		{ arn: "blue", weight: 25 },
		{ arn: "green", weight: 75 },
	];
	for (const [draw, expected] of [
		[0, "blue"],
		[0.249, "blue"],
		[0.25, "green"],
		[0.999, "green"],
	] as const) {
		it(`sends the draw ${draw} to ${expected}`, () => {
			assert.equal(chooseGroup(groups, draw), expected);
		});
	}

	it("never sends anything to a group of weight 0", () => {
		const shifted = [
			{ arn: "blue", weight: 0 },
			{ arn: "green", weight: 100 },
		];
		for (const draw of [0, 0.5, 0.999999]) {
			assert.equal(chooseGroup(shifted, draw), "green");
		}
	});

	it("chooses nothing when every weight is 0", () => {
		assert.equal(chooseGroup([{ arn: "blue", weight: 0 }], 0), undefined);
	});
});
