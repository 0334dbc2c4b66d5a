/** What the verbs need of doors.ts. */
import type { Result } from "../outcome.ts";

type Door = (options: Readonly<Record<string, unknown>>) => Promise<Result>;

export const approve: Door;
export const attest: Door;
export const createKey: Door;
export const decide: Door;
export const giveNotice: Door;
export const printProgram: Door;
export const recordFromFile: Door;
export const showKey: Door;
export const showRecord: Door;
export const waive: Door;

export function listRecords(
	options: Readonly<Record<string, unknown>>,
	verb: "list" | "verify",
): Promise<Result>;

export function recordResult(
	kind: string,
	result: Result,
	startedAt: Date,
	finishedAt: Date,
): Promise<string>;
