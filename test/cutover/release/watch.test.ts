import assert from "node:assert/strict";
import type { Deployment } from "../../../cutover/src/adapters/ecs.ts";
import { silentTalk } from "../../../cutover/src/console.ts";
import type { Outcome } from "../../../cutover/src/outcome.ts";
import {
	verifyRelease,
	watchRelease,
} from "../../../cutover/src/release/watch.ts";

const wanted = "arn:td/backend:2";
const settings = {
	cluster: "c",
	service: "backend",
	taskDefinition: wanted,
	timeoutSeconds: 0.2,
	settleSeconds: 0.02,
	smokeUrl: "https://127.0.0.1:9443",
	smokeKind: "backend" as const,
	tries: 1,
};
const old: Deployment = {
	arn: "d1",
	taskDefinition: "arn:td/backend:1",
	status: "SUCCESSFUL",
	createdAt: 1,
};
const under: Deployment = {
	arn: "d2",
	taskDefinition: wanted,
	status: "IN_PROGRESS",
	createdAt: 2,
};

/** A service that shows one list of deployments after the other; the last one stays. */
function fake(lists: (readonly Deployment[])[], smoke: Outcome = "passed") {
	const answers: string[] = [];
	return {
		answers,
		ports: {
			pollIntervalMs: 1,
			smoke: async () => ({ outcome: smoke, checks: [], next: "" }),
			deployments: {
				list: async () => (lists.length > 1 ? lists.shift() : lists[0]) ?? [],
				answer: async (arn: string, hook: string, action: string) => {
					answers.push(`${arn} ${hook} ${action}`);
				},
			},
		},
	};
}

const never = new AbortController().signal;

describe("watchRelease", () => {
	const paused = [{ ...under, awaitedHook: "h" }, old];

	it("continues a paused deployment whose smoke check passes", async () => {
		const { ports, answers } = fake([[], [old], [under, old], paused]);
		const result = await watchRelease(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "passed");
		assert.deepEqual(answers, ["d2 h CONTINUE"]);
	});

	it("rolls a paused deployment back when its smoke check fails", async () => {
		const { ports, answers } = fake([[old], paused], "failed");
		const result = await watchRelease(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "failed");
		assert.deepEqual(answers, ["d2 h ROLLBACK"]);
	});

	it("says so when the deployment ends before its smoke check", async () => {
		const ended = { ...under, status: "ROLLBACK_SUCCESSFUL", reason: "no" };
		const { ports } = fake([[old], [ended, old]]);
		await assert.rejects(
			watchRelease(settings, ports, silentTalk, never),
			/the deployment of backend:2 ended before its smoke check: ROLLBACK_SUCCESSFUL, no/,
		);
	});

	it("has nothing to decide when the version is live and no deployment comes", async () => {
		const { ports, answers } = fake([
			[{ ...under, status: "SUCCESSFUL" }, old],
		]);
		const result = await watchRelease(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "passed");
		assert.deepEqual(answers, []);
	});

	it("says so when the deployment had ended before it looked, and no other comes", async () => {
		const ended = { ...under, status: "ROLLBACK_SUCCESSFUL", reason: "no" };
		const { ports } = fake([[ended, old]]);
		await assert.rejects(
			watchRelease(settings, ports, silentTalk, never),
			/the deployment of backend:2 ended before its smoke check: ROLLBACK_SUCCESSFUL, no/,
		);
	});

	it("answers a second deployment of a version that was live before", async () => {
		const before = { ...under, status: "SUCCESSFUL" };
		const again = { ...under, arn: "d3", createdAt: 3, awaitedHook: "h3" };
		const { ports, answers } = fake([[before], [before], [again, before]]);
		await watchRelease(settings, ports, silentTalk, never);
		assert.deepEqual(answers, ["d3 h3 CONTINUE"]);
	});

	it("waits for its own deployment while one of a killed update goes back", async () => {
		const back = { ...under, status: "ROLLBACK_IN_PROGRESS" };
		const ended = { ...under, status: "ROLLBACK_FAILED" };
		const own = { ...under, arn: "d3", createdAt: 3, awaitedHook: "h3" };
		const lists = [...Array<typeof back>(40).fill(back), ended];
		const { ports, answers } = fake([
			...lists.map((one) => [one, old]),
			[own, ended, old],
		]);
		await watchRelease(settings, ports, silentTalk, never);
		assert.deepEqual(answers, ["d3 h3 CONTINUE"]);
	});

	it("answers the next pause when the time of the first ran out meanwhile", async () => {
		const ended = { ...under, status: "ROLLBACK_IN_PROGRESS" };
		const own = { ...under, arn: "d3", createdAt: 3, awaitedHook: "h3" };
		const { ports, answers } = fake([
			paused,
			paused,
			[ended, old],
			[ended, old],
			[own, ended, old],
		]);
		const { answer } = ports.deployments;
		ports.deployments.answer = async (arn, hook, action) => {
			if (arn === "d2") throw new Error("the hook is not awaiting an action");
			await answer(arn, hook, action);
		};
		const result = await watchRelease(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "passed");
		assert.deepEqual(answers, ["d3 h3 CONTINUE"]);
	});

	it("never calls a failed smoke check passed, whoever answered in its place", async () => {
		const live = { ...under, status: "SUCCESSFUL" };
		const { ports } = fake([paused, paused, [live, old]], "failed");
		ports.deployments.answer = async () => {
			throw new Error("the hook is not awaiting an action");
		};
		await assert.rejects(
			watchRelease(settings, ports, silentTalk, never),
			/not awaiting/,
		);
	});

	it("says that the smoke check failed when the time ran out meanwhile", async () => {
		const ended = { ...under, status: "ROLLBACK_SUCCESSFUL" };
		const { ports } = fake([paused, paused, [ended, old]], "failed");
		ports.deployments.answer = async () => {
			throw new Error("the hook is not awaiting an action");
		};
		const result = await watchRelease(settings, ports, silentTalk, never);
		assert.equal(result.outcome, "failed");
	});

	it("tries no deployment twice that still shows its pause while it goes back", async () => {
		const stale = {
			...under,
			status: "ROLLBACK_IN_PROGRESS",
			awaitedHook: "h",
		};
		const { ports } = fake([paused, paused, [stale, old]]);
		let smokes = 0;
		ports.smoke = async () => {
			smokes += 1;
			return { outcome: "passed", checks: [], next: "" };
		};
		ports.deployments.answer = async () => {
			throw new Error("the hook is not awaiting an action");
		};
		await assert.rejects(
			watchRelease(settings, ports, silentTalk, never),
			/did not get there within 0.2 s/,
		);
		assert.equal(smokes, 1);
	});

	it("passes on why an answer was refused while the pause lasts", async () => {
		const { ports } = fake([paused]);
		ports.deployments.answer = async () => {
			throw new Error("not allowed");
		};
		await assert.rejects(
			watchRelease(settings, ports, silentTalk, never),
			/not allowed/,
		);
	});

	it("gives up after its time and says what it saw last", async () => {
		const { ports } = fake([[old]]);
		await assert.rejects(
			watchRelease(settings, ports, silentTalk, never),
			/backend did not get there within 0.2 s: the newest deployment is backend:1 SUCCESSFUL/,
		);
	});
});

describe("verifyRelease", () => {
	it("passes when the wanted version is live, after waiting for it", async () => {
		const { ports } = fake([
			[under, old],
			[{ ...under, status: "SUCCESSFUL" }],
		]);
		const result = await verifyRelease(settings, ports, never);
		assert.equal(result.outcome, "passed");
	});

	it("fails with the reason when it was rolled back", async () => {
		const { ports } = fake([
			[
				{ ...under, status: "ROLLBACK_SUCCESSFUL", reason: "hook said so" },
				old,
			],
		]);
		const result = await verifyRelease(settings, ports, never);
		assert.equal(result.outcome, "failed");
		assert.equal(
			result.checks[0]?.actual,
			"backend:2 ROLLBACK_SUCCESSFUL: hook said so",
		);
	});

	it("fails when another version is live", async () => {
		const { ports } = fake([[old]]);
		assert.equal(
			(await verifyRelease(settings, ports, never)).outcome,
			"failed",
		);
	});
});
