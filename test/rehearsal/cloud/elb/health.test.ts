import assert from "node:assert/strict";
import {
	type HealthCheck,
	matchesStatus,
	newTarget,
	nextHealth,
	type TargetHealth,
} from "../../../../rehearsal/cloud/elb/health.ts";

const check: HealthCheck = {
	path: "/health",
	intervalSeconds: 5,
	timeoutSeconds: 2,
	healthyThreshold: 2,
	unhealthyThreshold: 3,
	matcher: "200",
};

/** The state after a series of answers, one a second. */
function after(answers: string, from: TargetHealth = newTarget): TargetHealth {
	return [...answers].reduce(
		(health, answer, second) =>
			nextHealth(health, answer === "+", second, check),
		from,
	);
}

describe("health of a target", () => {
	const cases: readonly [string, string][] = [
		["", "initial"],
		["+", "initial"],
		["++", "healthy"],
		["-+-+", "initial"],
		["---------++", "healthy"],
		["++--", "healthy"],
		["++--+--", "healthy"],
		["++---", "unhealthy"],
		["++---+", "unhealthy"],
		["++---+-+", "unhealthy"],
		["++---++", "healthy"],
		["----------------", "unhealthy"],
	];
	for (const [answers, state] of cases) {
		it(`is ${state} after the answers "${answers}"`, () => {
			assert.equal(after(answers).state, state);
		});
	}
});

describe("status codes that count as healthy", () => {
	for (const [matcher, status, matches] of [
		["200", 200, true],
		["200", 204, false],
		["200-299", 204, true],
		["200-299", 301, false],
		["200,302", 302, true],
		["200,302", 201, false],
	] as const) {
		it(`${matcher} ${matches ? "has" : "has not"} ${status}`, () => {
			assert.equal(matchesStatus(matcher, status), matches);
		});
	}
});
