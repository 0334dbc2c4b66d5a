import { clockToleranceMs, msOf } from "./durations.ts";
import {
	type Asked,
	type Finding,
	type FoundRecord,
	foundRecord,
	otherPlace,
	refusedOrMissing,
	type Status,
} from "./findings.ts";
import { newestFirst, recordsOf } from "./records.ts";
import type { RollbackTo } from "./statement.ts";
import { otherSubject } from "./subject.ts";
import { samePerson } from "./trust.ts";

/** What a sign-off has to have been given over. */
export interface OnTheTable {
	readonly stack: string;
	readonly evidenceSet: string;
	/** Hash of the plan; undefined where no plan is at hand to compare with. */
	readonly planHash: string | undefined;
	/** Whether an update is about to begin, and not only looked at. */
	readonly isUpdate: boolean;
	/** Everyone who made any of the evidence. */
	readonly makers: readonly string[];
}

/** One decision maker's word. */
export interface SignOff {
	readonly role: string;
	readonly finding: Finding;
	readonly rollbackTo: RollbackTo | undefined;
	/** Start of the maintenance window that was approved with it. */
	readonly windowStart: string | undefined;
}

/** Looks for a role's sign-off: its newest one for this stack, release and gate decides. */
export function findSignOff(
	asked: Asked,
	role: string,
	table: OnTheTable,
): SignOff {
	const { opened, release, gate, checklist, nowMs } = asked;
	const { stack } = table;
	const proof = "sign-off";
	const missing = { role, rollbackTo: undefined, windowStart: undefined };
	const hint = `run: cutover approve --role ${JSON.stringify(role)}`;
	const [newest] = newestFirst(recordsOf(opened, "approval")).filter(
		({ body }) =>
			body.role === role &&
			body.gate === gate &&
			otherPlace(body, stack, release) === undefined,
	);
	if (newest === undefined) {
		const finding = refusedOrMissing(
			opened,
			{ proof, stack },
			(claims) => claims.role === role && claims.evidenceSet !== undefined,
			`${role} has not signed off; ${hint}`,
		);
		return { ...missing, finding };
	}
	const { body, record } = newest;
	const expiresMs = Math.min(
		msOf(body.expiresAt),
		msOf(body.signedAt) + checklist.signOffExpiresAfter,
	);
	const found: FoundRecord = foundRecord(newest, body.signedAt, expiresMs, []);
	const is = (status: Status, reason: string): SignOff => ({
		role,
		rollbackTo: body.rollbackTo ?? undefined,
		windowStart: body.windowStart ?? undefined,
		finding: { proof, stack, status, reason, record: found },
	});
	const other = otherSubject(record.statement.subject, asked.subject, []);
	if (other !== undefined || body.evidenceSet !== table.evidenceSet) {
		return is(
			"WRONG_SUBJECT",
			`void: ${other ?? "evidence, stack file, checklist, waivers or trusted keys changed after it was given"}; ${hint} again`,
		);
	}
	if (table.planHash !== undefined && body.planHash !== table.planHash) {
		return is(
			"WRONG_SUBJECT",
			`void: plan: expected ${table.planHash.slice(0, 12)}, got ${body.planHash?.slice(0, 12) ?? "none"}; ${hint} again`,
		);
	}
	if (
		table.isUpdate &&
		table.planHash === undefined &&
		body.planHash !== null
	) {
		return is(
			"WRONG_SUBJECT",
			`plan: it was given over plan ${body.planHash.slice(0, 12)}, and nothing here says which plan is carried out; update with "cutover up", which compares them`,
		);
	}
	if (table.makers.some((maker) => samePerson(maker, record.key.holder))) {
		return is(
			"FAIL",
			`self-approval: ${record.key.holder} made evidence that this rests on; somebody else has to sign off as ${role}`,
		);
	}
	if (!(msOf(body.signedAt) <= nowMs + clockToleranceMs)) {
		return is("FAIL", `it was signed in the future: ${body.signedAt}`);
	}
	return nowMs < expiresMs
		? is("PASS", `by ${found.signer}, ${found.at}`)
		: is("STALE", `it expired at ${found.expiresAt}; ${hint} again`);
}
