import type { Checklist, Gate } from "./checklist.ts";
import { clockToleranceMs, msOf } from "./durations.ts";
import { brokenLimits, type KindName, kindOf } from "./kinds.ts";
import {
	newestFirst,
	type OpenedRecords,
	type RecordOf,
	recordsOf,
} from "./records.ts";
import { otherSubject, type Subject } from "./subject.ts";

/** What one proof came to. Only PASS, and WAIVED where that is allowed, let anything through. */
export type Status =
	| "PASS"
	| "FAIL"
	| "NOT_RUN"
	| "STALE"
	| "WRONG_SUBJECT"
	| "BAD_SIGNATURE"
	| "WAIVED";

/** One proof that was asked for, and what was found. */
export interface Finding {
	/** A kind of evidence, or `attestation`, or `sign-off`. */
	readonly proof: string;
	readonly stack: string;
	readonly status: Status;
	/** What was expected, what was found, what to do. */
	readonly reason: string;
	/** The record it rests on. */
	readonly record?: FoundRecord | undefined;
}

export interface FoundRecord {
	readonly path: string;
	readonly digest: string;
	readonly signer: string;
	readonly role: string;
	readonly at: string;
	readonly expiresAt: string;
	/** Everyone who made it: no one of them may sign off. */
	readonly makers: readonly string[];
}

/** What a proof has to be about. */
export interface Asked {
	readonly checklist: Checklist;
	readonly opened: OpenedRecords;
	readonly release: string;
	readonly gate: Gate;
	readonly subject: Subject;
	readonly nowMs: number;
}

/** Looks for evidence of a kind: the newest that speaks of this very stack, release and subject decides. */
export function findEvidence(
	asked: Asked,
	kind: KindName,
	stack: string,
): Finding {
	const rules = kindOf(kind);
	const { gate, checklist, opened, release, subject } = asked;
	const needed =
		rules.namesImages && gate !== "provision" ? checklist.images : [];
	const ofKind = newestFirst(
		recordsOf(opened, "evidence").filter(({ body }) => body.kind === kind),
	);
	const about = ({ record, body }: RecordOf<"evidence">) =>
		otherPlace(body, stack, release) ??
		otherSubject(record.statement.subject, subject, needed);
	const right = ofKind.find((one) => about(one) === undefined);
	if (right) return judgeEvidence(asked, kind, stack, right);
	const [other] = ofKind;
	if (other) {
		return {
			proof: kind,
			stack,
			status: "WRONG_SUBJECT",
			reason: `${about(other)}; run ${rules.producedBy} on what is to go live`,
			record: foundEvidence(other, asked),
		};
	}
	return refusedOrMissing(
		opened,
		{ proof: kind, stack },
		(claims) => claims.kind === kind,
		`no evidence; it comes from ${rules.producedBy}`,
	);
}

function judgeEvidence(
	asked: Asked,
	kind: KindName,
	stack: string,
	one: RecordOf<"evidence">,
): Finding {
	const { record, body } = one;
	const { nowMs, checklist } = asked;
	const found = foundEvidence(one, asked);
	const is = (status: Status, reason: string): Finding => ({
		proof: kind,
		stack,
		status,
		reason,
		record: found,
	});
	const startedMs = msOf(body.startedAt);
	const finishedMs = msOf(body.finishedAt);
	if (!(startedMs <= finishedMs)) {
		return is(
			"FAIL",
			`it ended (${body.finishedAt}) before it began (${body.startedAt})`,
		);
	}
	if (!(finishedMs <= nowMs + clockToleranceMs)) {
		return is("FAIL", `it ended in the future: ${body.finishedAt}`);
	}
	const report = brokenReport(one);
	if (report !== undefined) return is("FAIL", report);
	if (body.outcome !== "passed") {
		const status = body.outcome === "not run" ? "NOT_RUN" : "FAIL";
		return is(status, `its outcome is "${body.outcome}" (${record.path})`);
	}
	const broken = [
		...brokenLimits(body.numbers, kindOf(kind).limits),
		...brokenLimits(body.numbers, checklist.evidence[kind]?.numbers ?? {}),
	];
	if (broken.length > 0) return is("FAIL", broken.join("; "));
	// Written so that a time that is none is over.
	if (!(nowMs < msOf(found.expiresAt))) {
		return is(
			"STALE",
			`it expired at ${found.expiresAt}; run ${kindOf(kind).producedBy} again`,
		);
	}
	return is("PASS", `by ${found.signer}, ${found.at}`);
}

/** Looks for somebody's word on an item or criterion. */
export function findAttestation(
	asked: Asked,
	entry: { readonly id: string; readonly attestedBy: readonly string[] },
	stack: string,
): Finding {
	const { opened, release, nowMs, checklist } = asked;
	const proof = "attestation";
	const ofItem = newestFirst(
		recordsOf(opened, "attestation").filter(
			({ body }) => body.item === entry.id,
		),
	);
	const roles = entry.attestedBy.join(" or ");
	const hint = `run: cutover attest ${entry.id}, as ${roles}`;
	const right = ofItem.find(
		({ body }) =>
			otherPlace(body, stack, release) === undefined &&
			entry.attestedBy.includes(body.role),
	);
	if (right) {
		const { body } = right;
		const expiresMs = Math.min(
			msOf(body.expiresAt),
			msOf(body.signedAt) + checklist.attestationExpiresAfter,
		);
		const record = foundRecord(right, body.signedAt, expiresMs, []);
		const is = (status: Status, reason: string): Finding => ({
			proof,
			stack,
			status,
			reason,
			record,
		});
		if (!(msOf(body.signedAt) <= nowMs + clockToleranceMs)) {
			return is("FAIL", `it was signed in the future: ${body.signedAt}`);
		}
		return nowMs < expiresMs
			? is("PASS", `by ${record.signer}, ${record.at}`)
			: is("STALE", `it expired at ${record.expiresAt}; ${hint}`);
	}
	const [other] = ofItem;
	if (other) {
		const place = otherPlace(other.body, stack, release);
		return {
			proof,
			stack,
			status: place === undefined ? "BAD_SIGNATURE" : "WRONG_SUBJECT",
			reason: `${place ?? `signed as ${other.body.role}, which may not attest it`}; ${hint}`,
		};
	}
	return refusedOrMissing(
		opened,
		{ proof, stack },
		(claims) => claims.item === entry.id && claims.statement !== undefined,
		`nobody attested it; ${hint}`,
	);
}

/** Why a record belongs to another stack or release; undefined when it belongs here. */
export function otherPlace(
	body: { readonly stack: string; readonly release: string },
	stack: string,
	release: string,
): string | undefined {
	if (body.stack !== stack) {
		return `stack: expected ${stack}, got ${body.stack}`;
	}
	return body.release === release
		? undefined
		: `release: expected ${release}, got ${body.release}`;
}

/** A record that claims to be it, refused; or nothing at all. */
export function refusedOrMissing(
	{ refused }: OpenedRecords,
	asked: { readonly proof: string; readonly stack: string },
	isClaim: (claims: Readonly<Record<string, unknown>>) => boolean,
	missing: string,
): Finding {
	const claim = refused.find(({ claims }) => isClaim(claims));
	return claim
		? {
				...asked,
				status: "BAD_SIGNATURE",
				reason: `${claim.path}: ${claim.problem}`,
			}
		: { ...asked, status: "NOT_RUN", reason: missing };
}

function brokenReport({
	record,
	body,
}: RecordOf<"evidence">): string | undefined {
	for (const { name, sha256, bytes } of body.reports) {
		const found = record.reports.get(name);
		if (found === undefined)
			return `report ${name}: the file is missing or cannot be read`;
		if (found.sha256 !== sha256 || found.bytes !== bytes) {
			return `report ${name}: expected sha256 ${sha256.slice(0, 12)} (${bytes} bytes), got ${found.sha256.slice(0, 12)} (${found.bytes} bytes): it was changed after it was signed`;
		}
	}
	return undefined;
}

function foundEvidence(
	one: RecordOf<"evidence">,
	{ checklist }: Asked,
): FoundRecord {
	const { body } = one;
	const kind = body.kind as KindName;
	const days = kindOf(kind).days * 24 * 60 * 60_000;
	const expiresMs = Math.min(
		msOf(body.expiresAt),
		msOf(body.finishedAt) +
			Math.min(days, checklist.evidence[kind]?.expiresAfter ?? days),
	);
	return foundRecord(one, body.finishedAt, expiresMs, [body.producer.name]);
}

export function foundRecord(
	{ record }: { readonly record: RecordOf<"evidence">["record"] },
	at: string,
	expiresMs: number,
	makers: readonly string[],
): FoundRecord {
	const { path, digest, key } = record;
	return {
		path,
		digest,
		signer: key.holder,
		role: key.role,
		at,
		expiresAt:
			Number.isFinite(expiresMs) && Math.abs(expiresMs) < 8.64e15
				? new Date(expiresMs).toISOString()
				: "never",
		makers: [key.holder, ...makers],
	};
}
