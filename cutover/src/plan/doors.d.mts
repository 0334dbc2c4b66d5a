/** What the verbs need of doors.ts. */
import type { Talk } from "../console.ts";
import type { Result } from "../outcome.ts";

type Door = (
	options: Readonly<Record<string, unknown>>,
	world: { readonly talk: Talk; readonly signal: AbortSignal },
) => Promise<Result>;

export const plan: Door;
export const up: Door;
export const destroy: Door;
