import { BlockList, isIPv6 } from "node:net";

/** What a rule or a listener does with a request. */
export type Action =
	| { readonly type: "forward"; readonly groups: readonly WeightedGroup[] }
	| {
			readonly type: "redirect";
			readonly statusCode: 301 | 302;
			readonly protocol: string;
			readonly host: string;
			readonly port: string;
			readonly path: string;
			readonly query: string;
	  }
	| {
			readonly type: "fixed-response";
			readonly statusCode: number;
			readonly contentType: string;
			readonly body: string;
	  };

/** A target group and its share: weight / sum of all weights (0-999). */
export interface WeightedGroup {
	readonly arn: string;
	readonly weight: number;
}

/** All kinds of conditions that a rule names have to hold; of each one's values, one. */
export type Condition =
	| { readonly type: "host-header"; readonly values: readonly string[] }
	| { readonly type: "path-pattern"; readonly values: readonly string[] }
	| { readonly type: "http-request-method"; readonly values: readonly string[] }
	| { readonly type: "source-ip"; readonly values: readonly string[] }
	| {
			readonly type: "http-header";
			readonly name: string;
			readonly values: readonly string[];
	  };

export interface Rule {
	readonly arn: string;
	readonly priority: number;
	readonly conditions: readonly Condition[];
	readonly action: Action;
}

/** What routing looks at. Host comes without port, header names in lower case. */
export interface RoutedRequest {
	readonly method: string;
	readonly host: string;
	readonly path: string;
	readonly clientAddress: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The action of the first rule, by priority, whose conditions all hold; else the listener's default. */
export function route(
	rules: readonly Rule[],
	defaultAction: Action,
	request: RoutedRequest,
): Action {
	let chosen: Rule | undefined;
	for (const rule of rules) {
		if (chosen && chosen.priority <= rule.priority) {
			continue;
		}
		if (rule.conditions.every((condition) => holds(condition, request))) {
			chosen = rule;
		}
	}
	return chosen?.action ?? defaultAction;
}

/**
 * The target group for one request. `draw` is a number in [0, 1). Undefined when every weight is 0: such a rule
 * answers 503.
 */
export function chooseGroup(
	groups: readonly WeightedGroup[],
	draw: number,
): string | undefined {
	const total = groups.reduce((sum, group) => sum + group.weight, 0);
	let left = draw * total;
	for (const { arn, weight } of groups) {
		if (left < weight) {
			return arn;
		}
		left -= weight;
	}
	return undefined;
}

function holds(condition: Condition, request: RoutedRequest): boolean {
	switch (condition.type) {
		case "host-header":
			return matchesAny(condition.values, request.host, "i");
		case "path-pattern":
			return matchesAny(condition.values, request.path, "");
		case "http-request-method":
			return condition.values.includes(request.method);
		case "source-ip":
			return condition.values.some((cidr) =>
				contains(cidr, request.clientAddress),
			);
		case "http-header": {
			const given = request.headers[condition.name.toLowerCase()];
			return [given ?? []]
				.flat()
				.some((value) => matchesAny(condition.values, value, "i"));
		}
	}
}

function matchesAny(
	patterns: readonly string[],
	value: string,
	flags: string,
): boolean {
	return patterns.some((pattern) => expression(pattern, flags).test(value));
}

/** Patterns are few and asked for on every request. */
const expressions = new Map<string, RegExp>();

function expression(pattern: string, flags: string): RegExp {
	const key = `${flags}:${pattern}`;
	let known = expressions.get(key);
	if (!known) {
		const source = pattern
			.replace(/[.+^${}()|[\]\\]/g, "\\$&")
			.replaceAll("*", ".*")
			.replaceAll("?", ".");
		known = new RegExp(`^${source}$`, `${flags}s`);
		expressions.set(key, known);
	}
	return known;
}

const networks = new Map<string, BlockList>();

function contains(cidr: string, address: string): boolean {
	let network = networks.get(cidr);
	if (!network) {
		const [base = "", bits = "32"] = cidr.split("/");
		network = new BlockList();
		network.addSubnet(base, Number(bits), isIPv6(base) ? "ipv6" : "ipv4");
		networks.set(cidr, network);
	}
	const plain = address.replace(/^::ffff:/, "");
	return network.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
}
