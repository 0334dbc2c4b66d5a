/**
 * The life of one blue/green deployment, as Amazon ECS documents it: a pure state machine. What it decides to do is an
 * effect; what became of an effect, or what somebody asked for, is an event.
 */

/** In the order in which a deployment goes through them. */
export const stages = [
	"RECONCILE_SERVICE",
	"PRE_SCALE_UP",
	"SCALE_UP",
	"POST_SCALE_UP",
	"TEST_TRAFFIC_SHIFT",
	"POST_TEST_TRAFFIC_SHIFT",
	"PRODUCTION_TRAFFIC_SHIFT",
	"POST_PRODUCTION_TRAFFIC_SHIFT",
	"BAKE_TIME",
	"CLEAN_UP",
] as const;

export type Stage = (typeof stages)[number];

/** Stages at which ECS accepts a PAUSE hook. */
export const pauseStages: readonly Stage[] = [
	"RECONCILE_SERVICE",
	"PRE_SCALE_UP",
	"POST_SCALE_UP",
	"POST_TEST_TRAFFIC_SHIFT",
	"POST_PRODUCTION_TRAFFIC_SHIFT",
];

export type HookAction = "CONTINUE" | "ROLLBACK";

/** One PAUSE hook at one stage. */
export interface Hook {
	readonly hookId: string;
	readonly stage: Stage;
	readonly timeoutMinutes: number;
	readonly timeoutAction: HookAction;
	readonly status: "PENDING" | "AWAITING_ACTION" | "SUCCEEDED" | "FAILED";
}

export type Status =
	| "IN_PROGRESS"
	| "ROLLBACK_IN_PROGRESS"
	| "SUCCESSFUL"
	| "ROLLBACK_SUCCESSFUL"
	| "ROLLBACK_FAILED";

export interface DeploymentState {
	readonly status: Status;
	readonly stage: Stage;
	readonly hooks: readonly Hook[];
	readonly bakeMinutes: number;
	/** No revision served before: there is no blue to go back to. */
	readonly first: boolean;
	/** Why it was rolled back, or what went wrong while blue was removed. */
	readonly reason?: string;
	/** It was rolled back because nobody answered one of its hooks in time. */
	readonly hasTimedOut?: boolean;
}

export type Event =
	/** The work of a stage is done. */
	| { readonly type: "done"; readonly stage: Stage }
	/** The work of a stage could not be done. */
	| { readonly type: "failed"; readonly stage: Stage; readonly reason: string }
	/** Tasks of the green revision do not become healthy, or do not stay so. */
	| { readonly type: "unhealthy"; readonly reason: string }
	| {
			readonly type: "answered";
			readonly hookId: string;
			readonly action: HookAction;
	  }
	| { readonly type: "timed-out"; readonly hookId: string }
	| { readonly type: "stop"; readonly reason: string }
	| { readonly type: "rolled-back" }
	| { readonly type: "rollback-failed"; readonly reason: string };

export type Effect =
	/** Do what the stage is for, then say `done`. */
	| { readonly type: "work"; readonly stage: Stage }
	/** Wait for an answer or for the time to run out. */
	| { readonly type: "await-hook"; readonly hook: Hook }
	/** All traffic back to blue, green removed, then say `rolled-back`. */
	| { readonly type: "roll-back"; readonly reason: string }
	/** The deployment is over. */
	| { readonly type: "finish" };

export interface Transition {
	readonly state: DeploymentState;
	readonly effects: readonly Effect[];
}

/**
 * The first state of a deployment. `RECONCILE_SERVICE` is gone through only when another deployment was replaced by
 * this one, so that more than one revision was active.
 */
export function begin(
	settings: Pick<DeploymentState, "hooks" | "bakeMinutes" | "first"> & {
		readonly reconcile: boolean;
	},
): Transition {
	const { reconcile, ...rest } = settings;
	const stage = reconcile ? "RECONCILE_SERVICE" : "PRE_SCALE_UP";
	return enter({ ...rest, status: "IN_PROGRESS", stage }, stage);
}

/** What an event makes of a deployment. An event that comes too late changes nothing. */
export function next(state: DeploymentState, event: Event): Transition {
	if (state.status === "ROLLBACK_IN_PROGRESS") {
		return whileRollingBack(state, event);
	}
	if (state.status !== "IN_PROGRESS") {
		return unchanged(state);
	}
	switch (event.type) {
		case "done":
			return event.stage === state.stage && !awaitedHook(state)
				? advance(state)
				: unchanged(state);
		case "failed":
			return event.stage === state.stage
				? fail(state, event.reason)
				: unchanged(state);
		case "unhealthy":
		case "stop":
			return canRollBack(state) ? fail(state, event.reason) : unchanged(state);
		case "answered":
			return answer(
				state,
				event.hookId,
				event.action,
				`lifecycle hook at ${state.stage} was answered with ROLLBACK`,
			);
		case "timed-out":
			return timeOut(state, event.hookId);
		default:
			return unchanged(state);
	}
}

/** The hook that holds the deployment, if any. */
export function awaitedHook(state: DeploymentState): Hook | undefined {
	return state.hooks.find((hook) => hook.status === "AWAITING_ACTION");
}

/** Blue is kept whole until it is cleaned up; from then on there is nothing to go back to. */
export function canRollBack(state: DeploymentState): boolean {
	return state.status === "IN_PROGRESS" && state.stage !== "CLEAN_UP";
}

/** What has to be started again when the daemon was restarted in the middle of a deployment. */
export function resume(state: DeploymentState): readonly Effect[] {
	if (state.status === "ROLLBACK_IN_PROGRESS") {
		return [{ type: "roll-back", reason: state.reason ?? "" }];
	}
	if (state.status !== "IN_PROGRESS") {
		return [];
	}
	const hook = awaitedHook(state);
	return hook
		? [{ type: "await-hook", hook }]
		: [{ type: "work", stage: state.stage }];
}

function enter(state: DeploymentState, stage: Stage): Transition {
	return {
		state: { ...state, stage },
		effects: [{ type: "work", stage }],
	};
}

/** The next hook of this stage, or the next stage. */
function advance(state: DeploymentState): Transition {
	const hook = state.hooks.find(
		({ stage, status }) => stage === state.stage && status === "PENDING",
	);
	if (hook) {
		const awaited: Hook = { ...hook, status: "AWAITING_ACTION" };
		return {
			state: withHook(state, awaited),
			effects: [{ type: "await-hook", hook: awaited }],
		};
	}
	const following = stages[stages.indexOf(state.stage) + 1];
	return following
		? enter(state, following)
		: {
				state: { ...state, status: "SUCCESSFUL" },
				effects: [{ type: "finish" }],
			};
}

function answer(
	state: DeploymentState,
	hookId: string,
	action: HookAction,
	reason: string,
): Transition {
	const hook = awaitedHook(state);
	if (hook?.hookId !== hookId) {
		return unchanged(state);
	}
	return action === "CONTINUE"
		? advance(withHook(state, { ...hook, status: "SUCCEEDED" }))
		: fail(withHook(state, { ...hook, status: "FAILED" }), reason);
}

function timeOut(state: DeploymentState, hookId: string): Transition {
	const hook = awaitedHook(state);
	if (hook?.hookId !== hookId) return unchanged(state);
	const isRolledBack = hook.timeoutAction === "ROLLBACK";
	return answer(
		isRolledBack ? { ...state, hasTimedOut: true } : state,
		hookId,
		hook.timeoutAction,
		`lifecycle hook at ${state.stage} was not answered within ${hook.timeoutMinutes} minutes`,
	);
}

function fail(state: DeploymentState, reason: string): Transition {
	if (!canRollBack(state)) {
		// Green serves and blue is half gone: what is left of it goes with the next look at the service.
		return {
			state: { ...state, status: "SUCCESSFUL", reason },
			effects: [{ type: "finish" }],
		};
	}
	const hooks = state.hooks.map((hook) =>
		hook.status === "AWAITING_ACTION"
			? { ...hook, status: "FAILED" as const }
			: hook,
	);
	return {
		state: { ...state, hooks, status: "ROLLBACK_IN_PROGRESS", reason },
		effects: [{ type: "roll-back", reason }],
	};
}

function whileRollingBack(state: DeploymentState, event: Event): Transition {
	if (event.type === "rolled-back") {
		return {
			state: {
				...state,
				status: state.first ? "ROLLBACK_FAILED" : "ROLLBACK_SUCCESSFUL",
			},
			effects: [{ type: "finish" }],
		};
	}
	if (event.type === "rollback-failed") {
		const reason = `${state.reason}; rollback failed: ${event.reason}`;
		return {
			state: { ...state, status: "ROLLBACK_FAILED", reason },
			effects: [{ type: "finish" }],
		};
	}
	return unchanged(state);
}

function withHook(state: DeploymentState, changed: Hook): DeploymentState {
	const hooks = state.hooks.map((hook) =>
		hook.hookId === changed.hookId ? changed : hook,
	);
	return { ...state, hooks };
}

function unchanged(state: DeploymentState): Transition {
	return { state, effects: [] };
}
