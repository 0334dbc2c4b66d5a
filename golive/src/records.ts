import { openEnvelope, peekPayload } from "./dsse.ts";
import { clockToleranceMs, msOf } from "./durations.ts";
import {
	type Predicate,
	type PredicateName,
	readStatement,
	type Statement,
} from "./statement.ts";
import type { Trust, TrustedKey } from "./trust.ts";

/** What lies under a report's name now. */
export interface FoundReport {
	readonly sha256: string;
	readonly bytes: number;
}

/** A file of the evidence place, as read: nothing in it is believed yet. */
export interface StoredRecord {
	/** Its name in the place. */
	readonly path: string;
	/** The envelope's JSON; undefined when it could not be read. */
	readonly text?: string | undefined;
	/** Why it could not be read: too large, gone. */
	readonly problem?: string | undefined;
	/** The report files beside it, by name; a name that is not here is a file that is not there. */
	readonly reports?: ReadonlyMap<string, FoundReport> | undefined;
}

/** A record whose signature holds and whose key is trusted; what it may say is judged later. */
export interface SignedRecord {
	readonly path: string;
	readonly digest: string;
	readonly key: TrustedKey;
	readonly statement: Statement;
	readonly reports: ReadonlyMap<string, FoundReport>;
}

/** A record that nothing rests on. */
export interface RefusedRecord {
	readonly path: string;
	readonly problem: string;
	/** What it claims to be about, for the message only. */
	readonly claims: Readonly<Record<string, unknown>>;
}

export interface OpenedRecords {
	readonly signed: readonly SignedRecord[];
	readonly refused: readonly RefusedRecord[];
}

/** Opens records with the trusted keys. Order of the files does not matter; a record stored twice counts once. */
export function openRecords(
	stored: readonly StoredRecord[],
	trust: Trust,
): OpenedRecords {
	const signed = new Map<string, SignedRecord>();
	const refused: RefusedRecord[] = [];
	const ordered = [...stored].sort((a, b) => (a.path < b.path ? -1 : 1));
	for (const one of ordered) {
		const opened = openOnce(one, trust);
		if ("problem" in opened) refused.push(opened);
		else if (!signed.has(opened.digest)) signed.set(opened.digest, opened);
	}
	return { signed: [...signed.values()], refused };
}

/** A record is handed over as it was read and never changed: its signature is worked out once, though several questions ask. */
const known = new WeakMap<
	Trust,
	WeakMap<StoredRecord, SignedRecord | RefusedRecord>
>();

function openOnce(
	stored: StoredRecord,
	trust: Trust,
): SignedRecord | RefusedRecord {
	const ofTrust = known.get(trust) ?? new WeakMap();
	known.set(trust, ofTrust);
	const opened = ofTrust.get(stored) ?? openRecord(stored, trust);
	ofTrust.set(stored, opened);
	return opened;
}

/** Opens one record. Never throws for what it holds. */
export function openRecord(
	stored: StoredRecord,
	trust: Trust,
): SignedRecord | RefusedRecord {
	const { path, text } = stored;
	if (text === undefined) {
		const problem = stored.problem ?? "it cannot be read";
		return { path, problem, claims: {} };
	}
	const opened = openEnvelope(text, (keyId) => trust.keys.get(keyId)?.key);
	if (opened.problem !== undefined) {
		return { path, problem: opened.problem, claims: claimsOf(text) };
	}
	const key = trust.keys.get(opened.keyId);
	const statement = readStatement(opened.payload);
	if (key === undefined || statement === undefined) {
		const problem = "it is signed, but no statement of ours";
		return { path, problem, claims: claimsOf(text) };
	}
	const problem = roleProblem(statement.predicate, key);
	if (problem !== undefined) return { path, problem, claims: claimsOf(text) };
	const { digest } = opened;
	return { path, digest, key, statement, reports: stored.reports ?? new Map() };
}

/** Whether the key may sign this at all: its role, the kinds it proves, the stacks it speaks for. */
function roleProblem(
	{ type, body }: Predicate,
	key: TrustedKey,
): string | undefined {
	const who = `key ${key.keyId.slice(0, 12)} (${key.holder}, ${key.role})`;
	if (key.stacks !== undefined && !key.stacks.includes(body.stack)) {
		return `${who} may not speak for stack ${body.stack}`;
	}
	if (type !== "evidence") {
		return body.role === key.role ? undefined : `${who} is not ${body.role}`;
	}
	if (body.producer.keyId !== key.keyId) {
		return `it names another key than ${who}, which signed it`;
	}
	return key.kinds.includes(body.kind)
		? undefined
		: `${who} may not prove ${body.kind}`;
}

function claimsOf(text: string): Readonly<Record<string, unknown>> {
	const payload = objectOf(peekPayload(text));
	return {
		...objectOf(payload.predicate),
		predicateType: payload.predicateType,
	};
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
	typeof value === "object" && value !== null && !Array.isArray(value)
		? (value as Readonly<Record<string, unknown>>)
		: {};

/** The signed records of one sort, with their bodies. */
export function recordsOf<Name extends PredicateName>(
	{ signed }: OpenedRecords,
	name: Name,
): readonly RecordOf<Name>[] {
	return signed.flatMap((record) => {
		const { type, body } = record.statement.predicate;
		return type === name ? [{ record, body } as RecordOf<Name>] : [];
	});
}

export interface RecordOf<Name extends PredicateName> {
	readonly record: SignedRecord;
	readonly body: Extract<Predicate, { type: Name }>["body"];
}

/** When a record was signed, in milliseconds. */
export function signedAtMs({ type, body }: Predicate): number {
	return msOf(type === "evidence" ? body.finishedAt : body.signedAt);
}

/** The newest first; of two of the same time always the same one. */
export function newestFirst<Name extends PredicateName>(
	list: readonly RecordOf<Name>[],
): readonly RecordOf<Name>[] {
	return [...list].sort(
		(a, b) =>
			signedAtMs(b.record.statement.predicate) -
				signedAtMs(a.record.statement.predicate) ||
			(a.record.digest < b.record.digest ? -1 : 1),
	);
}

/** Why the clock cannot be right: somebody trusted has signed later than now. */
export function clockProblem(
	{ signed }: OpenedRecords,
	nowMs: number,
): string | undefined {
	if (!Number.isFinite(nowMs)) return "clock: expected a time, got none";
	const newest = signed
		.map((record) => ({
			path: record.path,
			atMs: signedAtMs(record.statement.predicate),
		}))
		.reduce((a, b) => (b.atMs > a.atMs ? b : a), { path: "", atMs: 0 });
	return newest.atMs > nowMs + clockToleranceMs
		? `clock: expected a time after the newest signature (${new Date(newest.atMs).toISOString()}, ${newest.path}), got ${new Date(nowMs).toISOString()}; set this machine's clock`
		: undefined;
}
