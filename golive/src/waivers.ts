import {
	clockToleranceMs,
	longestDestructionMs,
	longestEmergencyMs,
	longestWaiverMs,
	msOf,
} from "./durations.ts";
import { type Asked, otherPlace } from "./findings.ts";
import { newestFirst, type RecordOf, recordsOf } from "./records.ts";
import { otherSubject } from "./subject.ts";
import { samePerson } from "./trust.ts";

/** Who answers for going on without something. */
export interface Waived {
	/** Names with their roles. */
	readonly signers: readonly string[];
	readonly reason: string;
	readonly expiresAt: string;
	/** Break glass. */
	readonly isEmergency: boolean;
	readonly digests: readonly string[];
}

/** The waiver that lets an item or a recommended criterion through: one decision maker's. */
export function findWaiver(
	asked: Asked,
	item: string,
	stack: string,
): Waived | undefined {
	const [waiver] = waiversOf(asked, item, stack).filter(
		({ body }) =>
			lasts(body) <= (body.emergency ? longestEmergencyMs : longestWaiverMs),
	);
	return waiver && waivedBy([waiver]);
}

/**
 * The emergency waiver that lets something mandatory through: two decision makers in two roles, a short expiry, and this
 * very subject.
 */
export function findEmergency(
	asked: Asked,
	item: string,
	stack: string,
): Waived | undefined {
	const waivers = waiversOf(asked, item, stack).filter(
		({ record, body }) =>
			body.emergency &&
			lasts(body) <= longestEmergencyMs &&
			otherSubject(record.statement.subject, asked.subject, []) === undefined,
	);
	const [first] = waivers;
	if (first === undefined) return undefined;
	const second = waivers.find(
		({ record: { key } }) =>
			key.role !== first.record.key.role &&
			!samePerson(key.holder, first.record.key.holder),
	);
	return second && waivedBy([first, second]);
}

/** The waiver that lets a resource with data go: one decision maker's, for a few days at most, and for this very subject. */
export function findDestructionWaiver(
	asked: Asked,
	item: string,
	stack: string,
): Waived | undefined {
	const [waiver] = waiversOf(asked, item, stack).filter(
		({ record, body }) =>
			lasts(body) <= longestDestructionMs &&
			otherSubject(record.statement.subject, asked.subject, []) === undefined,
	);
	return waiver && waivedBy([waiver]);
}

/** Every waiver of this release and gate, also expired ones: sign-offs are given over them. */
export function waiverDigests(asked: Asked, stack: string): readonly string[] {
	return recordsOf(asked.opened, "waiver")
		.filter(({ body }) => isHere(asked, body, stack))
		.map(({ record }) => record.digest);
}

function waiversOf(
	asked: Asked,
	item: string,
	stack: string,
): readonly RecordOf<"waiver">[] {
	const { nowMs, checklist } = asked;
	return newestFirst(recordsOf(asked.opened, "waiver")).filter(
		({ body }) =>
			body.item === item &&
			isHere(asked, body, stack) &&
			checklist.decisionMakers.includes(body.role) &&
			msOf(body.signedAt) <= nowMs + clockToleranceMs &&
			nowMs < msOf(body.expiresAt),
	);
}

function isHere(
	{ release, gate }: Asked,
	body: RecordOf<"waiver">["body"],
	stack: string,
): boolean {
	return otherPlace(body, stack, release) === undefined && body.gate === gate;
}

const lasts = (body: {
	readonly signedAt: string;
	readonly expiresAt: string;
}) => msOf(body.expiresAt) - msOf(body.signedAt);

function waivedBy(waivers: readonly RecordOf<"waiver">[]): Waived {
	const [first] = waivers;
	return {
		signers: waivers
			.map(({ record: { key } }) => `${key.holder} (${key.role})`)
			.sort(),
		reason: first?.body.reason ?? "",
		expiresAt: waivers.map(({ body }) => body.expiresAt).sort()[0] ?? "",
		isEmergency: waivers.some(({ body }) => body.emergency),
		digests: waivers.map(({ record }) => record.digest),
	};
}
