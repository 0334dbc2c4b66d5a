import assert from "node:assert/strict";
import {
	awaitedHook,
	begin,
	type DeploymentState,
	type Effect,
	type Event,
	type Hook,
	next,
	pauseStages,
	resume,
	type Stage,
	stages,
	type Transition,
} from "../../../../rehearsal/cloud/ecs/lifecycle.ts";

function hook(stage: Stage, timeoutAction: Hook["timeoutAction"]): Hook {
	return {
		hookId: `hook-${stage}`,
		stage,
		timeoutMinutes: 10,
		timeoutAction,
		status: "PENDING",
	};
}

function started(over: Partial<Parameters<typeof begin>[0]> = {}): Transition {
	return begin({
		hooks: [],
		bakeMinutes: 1,
		first: false,
		reconcile: true,
		...over,
	});
}

/** Lets every stage succeed until the deployment is in this one. */
function arriveAt(stage: Stage, over: Parameters<typeof started>[0] = {}) {
	let state = started(over).state;
	while (state.stage !== stage) {
		state = next(state, { type: "done", stage: state.stage }).state;
	}
	return state;
}

const beforeCleanUp = stages.filter((stage) => stage !== "CLEAN_UP");
const kinds = (effects: readonly Effect[]) => effects.map(({ type }) => type);

describe("a blue/green deployment", () => {
	it("goes through the documented stages and ends successfully", () => {
		const seen: Stage[] = [];
		let { state, effects } = started();
		while (effects[0]?.type === "work") {
			seen.push(effects[0].stage);
			({ state, effects } = next(state, {
				type: "done",
				stage: effects[0].stage,
			}));
		}
		assert.deepEqual(seen, stages);
		assert.equal(state.status, "SUCCESSFUL");
		assert.deepEqual(effects, [{ type: "finish" }]);
	});

	it("reconciles only when it replaced another deployment", () => {
		assert.equal(started({ reconcile: false }).state.stage, "PRE_SCALE_UP");
	});

	for (const stage of beforeCleanUp) {
		const troubles: readonly (readonly [string, Event, string])[] = [
			[
				"its work fails",
				{ type: "failed", stage, reason: "no luck" },
				"no luck",
			],
			["tasks are unhealthy", { type: "unhealthy", reason: "3" }, "3"],
			["it is stopped", { type: "stop", reason: "by user" }, "by user"],
		];
		for (const [what, event, reason] of troubles) {
			it(`rolls back when at ${stage} ${what}`, () => {
				const { state, effects } = next(arriveAt(stage), event);
				assert.equal(state.status, "ROLLBACK_IN_PROGRESS");
				assert.equal(state.reason, reason);
				assert.deepEqual(effects, [{ type: "roll-back", reason }]);
				const over = next(state, { type: "rolled-back" });
				assert.equal(over.state.status, "ROLLBACK_SUCCESSFUL");
				assert.deepEqual(over.effects, [{ type: "finish" }]);
			});
		}

		it(`starts ${stage} again after a restart`, () => {
			assert.deepEqual(resume(arriveAt(stage)), [{ type: "work", stage }]);
		});
	}

	for (const stage of pauseStages) {
		const paused = (timeoutAction: Hook["timeoutAction"]) =>
			next(arriveAt(stage, { hooks: [hook(stage, timeoutAction)] }), {
				type: "done",
				stage,
			});
		const hookId = `hook-${stage}`;

		it(`pauses at ${stage} until its hook is answered`, () => {
			const { state, effects } = paused("ROLLBACK");
			assert.equal(state.stage, stage);
			assert.equal(awaitedHook(state)?.hookId, hookId);
			assert.deepEqual(kinds(effects), ["await-hook"]);
			assert.deepEqual(kinds(next(state, { type: "done", stage }).effects), []);
			assert.deepEqual(kinds(resume(state)), ["await-hook"]);
		});

		const answers: readonly (readonly [string, Event, boolean])[] = [
			["CONTINUE", { type: "answered", hookId, action: "CONTINUE" }, true],
			["ROLLBACK", { type: "answered", hookId, action: "ROLLBACK" }, false],
		];
		for (const [what, event, goesOn] of answers) {
			it(`${goesOn ? "goes on" : "rolls back"} when the hook at ${stage} is answered with ${what}`, () => {
				assertDecision(next(paused("ROLLBACK").state, event), stage, goesOn);
			});
		}
		for (const action of ["CONTINUE", "ROLLBACK"] as const) {
			it(`takes the action ${action} when the hook at ${stage} times out`, () => {
				const late = next(paused(action).state, { type: "timed-out", hookId });
				assertDecision(late, stage, action === "CONTINUE");
			});
		}
		for (const event of [
			{ type: "unhealthy", reason: "x" },
			{ type: "stop", reason: "x" },
		] as const) {
			it(`rolls back from the pause at ${stage} on ${event.type}`, () => {
				const { state } = next(paused("CONTINUE").state, event);
				assert.equal(state.status, "ROLLBACK_IN_PROGRESS");
				assert.equal(awaitedHook(state), undefined);
			});
		}
	}

	it("waits for each of two hooks at one stage", () => {
		const hooks = [
			{ ...hook("POST_SCALE_UP", "ROLLBACK"), hookId: "one" },
			{ ...hook("POST_SCALE_UP", "ROLLBACK"), hookId: "two" },
		];
		const first = next(arriveAt("POST_SCALE_UP", { hooks }), {
			type: "done",
			stage: "POST_SCALE_UP",
		});
		const second = next(first.state, {
			type: "answered",
			hookId: "one",
			action: "CONTINUE",
		});
		assert.equal(awaitedHook(second.state)?.hookId, "two");
	});

	const late: readonly (readonly [string, DeploymentState, Event])[] = [
		[
			"work of a stage that is over",
			arriveAt("BAKE_TIME"),
			{ type: "done", stage: "SCALE_UP" },
		],
		[
			"an answer to a hook that does not wait",
			arriveAt("BAKE_TIME"),
			{ type: "answered", hookId: "other", action: "ROLLBACK" },
		],
		[
			"a stop while blue is being removed",
			arriveAt("CLEAN_UP"),
			{ type: "stop", reason: "x" },
		],
		[
			"unhealthy tasks while blue is being removed",
			arriveAt("CLEAN_UP"),
			{ type: "unhealthy", reason: "x" },
		],
		[
			"a second stop during the rollback",
			next(arriveAt("BAKE_TIME"), { type: "stop", reason: "x" }).state,
			{ type: "stop", reason: "y" },
		],
	];
	for (const [what, state, event] of late) {
		it(`is not changed by ${what}`, () => {
			assert.deepEqual(next(state, event), { state, effects: [] });
		});
	}

	it("stays successful, with a reason, when blue cannot be removed", () => {
		const { state } = next(arriveAt("CLEAN_UP"), {
			type: "failed",
			stage: "CLEAN_UP",
			reason: "stuck",
		});
		assert.equal(state.status, "SUCCESSFUL");
		assert.equal(state.reason, "stuck");
	});

	it("has nothing to go back to on the first deployment", () => {
		const stopped = next(arriveAt("SCALE_UP", { first: true }), {
			type: "unhealthy",
			reason: "x",
		});
		const over = next(stopped.state, { type: "rolled-back" });
		assert.equal(over.state.status, "ROLLBACK_FAILED");
	});

	it("says why a rollback failed", () => {
		const stopped = next(arriveAt("BAKE_TIME"), { type: "stop", reason: "x" });
		const over = next(stopped.state, { type: "rollback-failed", reason: "y" });
		assert.equal(over.state.status, "ROLLBACK_FAILED");
		assert.equal(over.state.reason, "x; rollback failed: y");
	});

	it("resumes a rollback after a restart, and nothing that is over", () => {
		const stopped = next(arriveAt("BAKE_TIME"), { type: "stop", reason: "x" });
		assert.deepEqual(kinds(resume(stopped.state)), ["roll-back"]);
		const over = next(stopped.state, { type: "rolled-back" });
		assert.deepEqual(resume(over.state), []);
	});
});

function assertDecision(
	{ state }: Transition,
	stage: Stage,
	goesOn: boolean,
): void {
	assert.equal(state.status, goesOn ? "IN_PROGRESS" : "ROLLBACK_IN_PROGRESS");
	assert.equal(state.stage, goesOn ? stages[stages.indexOf(stage) + 1] : stage);
	assert.equal(state.hooks[0]?.status, goesOn ? "SUCCEEDED" : "FAILED");
}
