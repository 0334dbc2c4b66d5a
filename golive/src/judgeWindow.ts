import type { Checklist } from "./checklist.ts";
import type { Decision } from "./decision.ts";
import { clockToleranceMs, msOf } from "./durations.ts";
import { openRecords, recordsOf, type StoredRecord } from "./records.ts";
import type { Trust } from "./trust.ts";
import { inWindow, type MaintenanceWindow, nextWindow } from "./window.ts";

/** What the question whether one may begin now is made of. */
export interface WindowQuestion {
	readonly checklist: Checklist;
	readonly trust: Trust;
	readonly records: readonly StoredRecord[];
	/** The decision for the same stack: its sign-offs approve the window, its rollback is the plan. */
	readonly decision: Pick<
		Decision,
		"stack" | "release" | "signOffs" | "rollbackTo"
	>;
	readonly nowMs: number;
}

/** Whether one may begin now. */
export interface WindowAnswer {
	readonly isOpen: boolean;
	/** What is missing, one line each; empty when it is open. */
	readonly problems: readonly string[];
	/** Start and end of the window we are in, UTC. */
	readonly current?: { readonly start: string; readonly end: string };
	/** Start of the next one, UTC. */
	readonly next?: string;
}

/**
 * Whether a stack may be touched now: inside its window, everybody told in time, the very window approved, and a release to go
 * back to named. A stack without a window may always be touched. The authorised rollback is not asked this at all.
 */
export function judgeWindow(question: WindowQuestion): WindowAnswer {
	const { checklist, decision, nowMs } = question;
	const stack = checklist.stacks[decision.stack];
	if (stack === undefined) {
		return {
			isOpen: false,
			problems: [`window: expected stack ${decision.stack} in golive.yaml`],
		};
	}
	const { window } = stack;
	if (window === undefined) return { isOpen: true, problems: [] };
	const now = inWindow(nowMs, window);
	const next = nextWindow(nowMs, window);
	const upcoming = next && { next: isoOf(next.startMs) };
	if (now === undefined) {
		return {
			isOpen: false,
			problems: [
				`window: expected ${windowText(window)}, got ${Number.isFinite(nowMs) ? isoOf(nowMs) : "no time"}; the next one begins ${next ? isoOf(next.startMs) : "never"}`,
			],
			...upcoming,
		};
	}
	const problems = [
		...noticeProblems(question, window, now.startMs),
		...approvalProblems(question, window, now.startMs),
		...(window.rollbackPlan && decision.rollbackTo === undefined
			? [
					"rollback plan: expected a release to go back to, named by every sign-off, got none",
				]
			: []),
	];
	return {
		isOpen: problems.length === 0,
		problems,
		current: { start: isoOf(now.startMs), end: isoOf(now.endMs) },
		...upcoming,
	};
}

/** "first sunday 02:00-06:00 UTC". */
export function windowText({
	every,
	from,
	to,
	timeZone,
}: MaintenanceWindow): string {
	const time = (minutes: number) =>
		[Math.floor(minutes / 60), minutes % 60]
			.map((part) => String(part).padStart(2, "0"))
			.join(":");
	return `${every} ${time(from)}-${time(to)} ${timeZone}`;
}

function noticeProblems(
	{ trust, records, decision, nowMs }: WindowQuestion,
	{ notify, noticeBy, noticeDays }: MaintenanceWindow,
	startMs: number,
): readonly string[] {
	if (notify.length === 0) return [];
	const latestMs = startMs - noticeDays * 24 * 60 * 60_000;
	const given = recordsOf(openRecords(records, trust), "notice").filter(
		({ body }) =>
			body.stack === decision.stack &&
			noticeBy.includes(body.role) &&
			msOf(body.windowStart) === startMs &&
			msOf(body.sentAt) <= latestMs &&
			// Said before it happened it would be a promise, not evidence.
			msOf(body.sentAt) <= msOf(body.signedAt) + clockToleranceMs &&
			msOf(body.signedAt) <= nowMs + clockToleranceMs,
	);
	const untold = notify.filter(
		(group) => !given.some(({ body }) => body.groups.includes(group)),
	);
	return untold.length === 0
		? []
		: [
				`notice: expected ${untold.join(", ")} to be told of the window of ${isoOf(startMs)} by ${isoOf(latestMs)}, got no word of it from ${noticeBy.join(" or ")}; notify them and take the next window`,
			];
}

function approvalProblems(
	{ decision }: WindowQuestion,
	{ approvedBy }: MaintenanceWindow,
	startMs: number,
): readonly string[] {
	if (approvedBy.length === 0) return [];
	const isApproved = decision.signOffs.some(
		({ role, status, windowStart }) =>
			approvedBy.includes(role) &&
			status === "PASS" &&
			windowStart !== undefined &&
			msOf(windowStart) === startMs,
	);
	return isApproved
		? []
		: [
				`approval: expected ${approvedBy.join(" or ")} to approve the window of ${isoOf(startMs)}, got none; run: cutover approve --window ${isoOf(startMs)}`,
			];
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
