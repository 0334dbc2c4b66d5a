/** What the verbs need of doors.ts. */
import type { Result } from "../outcome.ts";
import type { World } from "../verbs/verb.ts";

type Door = (
	options: Readonly<Record<string, unknown>>,
	world: World,
) => Promise<Result>;

export const plan: Door;
export const up: Door;
export const destroy: Door;
