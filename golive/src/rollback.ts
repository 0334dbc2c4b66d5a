import type { Checklist } from "./checklist.ts";
import { clockToleranceMs, longestWaiverMs, msOf } from "./durations.ts";
import {
	newestFirst,
	openRecords,
	type RecordOf,
	recordsOf,
	type StoredRecord,
} from "./records.ts";
import type { SignOff } from "./signOffs.ts";
import type { RollbackTo } from "./statement.ts";
import type { Subject } from "./subject.ts";
import { samePerson, type Trust } from "./trust.ts";

/** The release that all sign-offs name to go back to. */
export function agreedRollback(signOffs: readonly SignOff[]): {
	readonly rollbackTo?: RollbackTo | undefined;
	readonly problem?: string;
} {
	const given = signOffs.filter(({ finding }) => finding.status === "PASS");
	const named = new Map(
		given.map(({ rollbackTo }) => [textOf(rollbackTo), rollbackTo]),
	);
	if (named.size <= 1) return { rollbackTo: [...named.values()][0] };
	const list = given.map(
		({ role, rollbackTo }) => `${role}: ${rollbackTo?.release ?? "none"}`,
	);
	return {
		problem: `rollback: expected all sign-offs to name the same release and images to go back to, got ${list.join(", ")}; sign off again`,
	};
}

/** What is about to be rolled out, perhaps as a rollback. */
export interface RollbackQuestion {
	readonly checklist: Checklist;
	readonly trust: Trust;
	readonly records: readonly StoredRecord[];
	readonly stack: string;
	/** Tree and lock as checked out; images as the stack file names them. */
	readonly subject: Subject;
	/** Phase that the stack file asks for. Back to "legacy" is a phase before "live". */
	readonly phase: "provision" | "backfill" | "live";
	readonly nowMs: number;
}

/** Whether going back was authorised by a GO, and by which. */
export interface RollbackAnswer {
	readonly isAuthorised: boolean;
	/** The release gone back to. */
	readonly to?: string;
	/** The release gone back from. */
	readonly from?: string;
	readonly reason: string;
}

/**
 * Whether this is the rollback that a GO authorised: every decision maker named exactly these images to go back to, over one
 * and the same evidence. It needs no evidence of its own, no gate and no window, and it does not end with the sign-off, only
 * after `rollbackExpiresAfter`. The program must be the approved one, or the one named with the rollback.
 */
export function judgeRollback(question: RollbackQuestion): RollbackAnswer {
	const { checklist, trust, stack, nowMs } = question;
	const opened = openRecords(question.records, trust);
	// golive.yaml may say less, but an edited one cannot dig out a release of long ago.
	const lastsMs = Math.min(checklist.rollbackExpiresAfter, longestWaiverMs);
	const approvals = newestFirst(recordsOf(opened, "approval")).filter(
		({ body }) =>
			body.stack === stack &&
			body.rollbackTo !== null &&
			msOf(body.signedAt) <= nowMs + clockToleranceMs &&
			nowMs < msOf(body.signedAt) + lastsMs,
	);
	const sets = new Map<string, RecordOf<"approval">[]>();
	for (const one of approvals) {
		const key = `${one.body.evidenceSet} ${textOf(one.body.rollbackTo)}`;
		sets.set(key, [...(sets.get(key) ?? []), one]);
	}
	for (const set of sets.values()) {
		const [first] = set;
		const to = first?.body.rollbackTo;
		if (!first || !to || !isComplete(checklist, trust, set)) continue;
		if (isThatRollback(question, first, to)) {
			return {
				isAuthorised: true,
				to: to.release,
				from: first.body.release,
				reason: `the GO of release ${first.body.release} authorised going back to ${to.release}`,
			};
		}
	}
	const named = approvals.map(({ body }) => body.rollbackTo?.release);
	return {
		isAuthorised: false,
		reason: `no GO of the last ${lastsMs / 86_400_000} days authorised going back to these images and this program; authorised: ${[...new Set(named)].join(", ") || "none"}`,
	};
}

/** Every decision maker, also those of the pinned minimum, and no person twice. */
function isComplete(
	checklist: Checklist,
	trust: Trust,
	set: readonly RecordOf<"approval">[],
): boolean {
	const roles = new Set([
		...checklist.decisionMakers,
		...trust.minimum.decisionMakers,
	]);
	const holders: string[] = [];
	for (const role of roles) {
		const own = set.find(({ body }) => body.role === role);
		if (own === undefined) return false;
		const { holder } = own.record.key;
		if (holders.some((other) => samePerson(other, holder))) return false;
		holders.push(holder);
	}
	return true;
}

function isThatRollback(
	{ subject, phase, checklist, trust }: RollbackQuestion,
	{ record }: RecordOf<"approval">,
	to: RollbackTo,
): boolean {
	const approved = record.statement.subject;
	const isProgram = subject.tree === approved.tree || subject.tree === to.tree;
	if (!isProgram) return false;
	const imagesOf = (name: string) => subject.images[name];
	if (to.release === "legacy") {
		return (
			phase !== "live" &&
			Object.keys(subject.images).every(
				(name) => imagesOf(name) === approved[`image:${name}`],
			)
		);
	}
	const all = new Set([
		...checklist.images,
		...trust.minimum.images,
		...Object.keys(subject.images),
	]);
	return [...all].every((name) => {
		const digest = imagesOf(name);
		return digest !== undefined && digest === to.images[name];
	});
}

function textOf(rollbackTo: RollbackTo | null | undefined): string {
	if (!rollbackTo) return "none";
	const { release, images, tree } = rollbackTo;
	return JSON.stringify([
		release,
		Object.entries(images).sort(([a], [b]) => (a < b ? -1 : 1)),
		tree ?? null,
	]);
}
