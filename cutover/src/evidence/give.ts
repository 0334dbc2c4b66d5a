import {
	type Decision,
	decide,
	isDestructionItem,
	type Predicate,
	type Question,
	type RollbackTo,
} from "@trusted-login/golive";
import { digestsOnly } from "@trusted-login/golive/read";
import { RefusedError, UsageError } from "../errors.ts";
import type { Result } from "../outcome.ts";
import { loadQuestion } from "./question.ts";
import type {
	ApproveSettings,
	AttestSettings,
	CaseSettings,
	NoticeSettings,
	SignerSettings,
	WaiveSettings,
} from "./settings.ts";
import {
	requireBelieved,
	type Signed,
	signRecord,
	storeRecord,
} from "./sign.ts";
import { findSigner } from "./signer.ts";
import { withEvidenceStore } from "./store.ts";

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** Stands for a manual item or criterion. */
export async function attest(settings: AttestSettings): Promise<Result> {
	const session = await open(settings);
	const { checklist, context } = session.question;
	const entry = [...checklist.items, ...checklist.criteria].find(
		({ id }) => id === settings.item,
	);
	if (entry === undefined || entry.attestedBy.length === 0) {
		const ids = [...checklist.items, ...checklist.criteria]
			.filter(({ attestedBy }) => attestedBy.includes(session.role))
			.map(({ id }) => id);
		throw new UsageError(
			`expected an item or criterion that ${session.role} may attest, got ${settings.item}; there are: ${ids.join(", ") || "none"}`,
		);
	}
	if (!entry.attestedBy.includes(session.role)) {
		throw new RefusedError(
			`${settings.item} is attested by ${entry.attestedBy.join(" or ")}, and your key is ${session.role}'s`,
		);
	}
	const stack =
		entry.from === "same"
			? context.stack
			: (checklist.stacks[context.stack]?.proving ?? context.stack);
	const signed = await session.sign({
		type: "attestation",
		body: {
			stack,
			release: context.release,
			item: settings.item,
			role: session.role,
			statement: settings.statement,
			...session.times(settings.expiresDays * dayMs),
		},
	});
	return await session.store(
		signed,
		`${session.holder} attests ${settings.item} of ${stack} for release ${context.release}`,
	);
}

/** Signs off what is on the table now: refused when anything else than sign-offs is missing, or by whoever made evidence. */
export async function approve(settings: ApproveSettings): Promise<Result> {
	const session = await open(settings);
	const { question } = session;
	const role = settings.role ?? session.role;
	if (
		role !== session.role ||
		!question.checklist.decisionMakers.includes(role)
	) {
		throw new RefusedError(
			`expected the key of a decision maker (${question.checklist.decisionMakers.join(", ")}), got one of ${session.role}`,
		);
	}
	const before = decide(question);
	const missing = beforeSignOff(before);
	const { context } = question;
	if (missing.length > 0) {
		throw new RefusedError(
			`nothing to sign off yet, ${missing.length} things are missing: ${missing.map((line) => line.split(": ")[0]).join("; ")}; cutover decide --stack ${context.stack} --gate ${context.gate} says what to do`,
		);
	}
	const signed = await session.sign({
		type: "approval",
		body: {
			stack: context.stack,
			release: context.release,
			gate: context.gate,
			role,
			evidenceSet: before.evidenceSet,
			planHash: context.planHash ?? null,
			rollbackTo: rollbackOf(settings),
			windowStart: settings.window ?? null,
			...session.times(settings.expiresDays * dayMs),
		},
	});
	const after = decide({
		...question,
		records: [...question.records, { path: signed.key, text: signed.text }],
	});
	const own = after.signOffs.find((one) => one.role === role);
	if (own?.finding.status !== "PASS") {
		throw new RefusedError(
			`not signed: ${own?.finding.reason ?? "no such role"}`,
		);
	}
	const left = after.signOffs.filter(({ met }) => !met).map((one) => one.role);
	return await session.store(
		signed,
		`${session.holder} signs off as ${role}: evidence set ${before.evidenceSet.slice(0, 12)}, plan ${context.planHash?.slice(0, 12) ?? "none"}; ${left.length > 0 ? `still to sign: ${left.join(", ")}` : `decision: ${after.decision}`}`,
		after.emergencies,
	);
}

/** Answers for going on without an item or criterion. */
export async function waive(settings: WaiveSettings): Promise<Result> {
	const session = await open(settings);
	const { checklist, context } = session.question;
	if (!checklist.decisionMakers.includes(session.role)) {
		throw new RefusedError(
			`expected the key of a decision maker (${checklist.decisionMakers.join(", ")}), got one of ${session.role}`,
		);
	}
	const criterion = checklist.criteria.find(({ id }) => id === settings.item);
	const isSignOff = checklist.decisionMakers.some(
		(role) => settings.item === `sign-off:${role}`,
	);
	const isItem = checklist.items.some(({ id }) => id === settings.item);
	const isDestruction = isDestructionItem(settings.item);
	if (criterion === undefined && !isItem && !isSignOff && !isDestruction) {
		throw new UsageError(
			`expected an item, a criterion or sign-off:<role> of golive.yaml, or replace:<resource> or delete:<resource> as cutover plan names it, got ${settings.item}`,
		);
	}
	if (isDestruction && settings.expiresHours > 72) {
		throw new UsageError(
			`expected the waiver for a resource with data to last 72 hours at most, got ${settings.expiresHours}`,
		);
	}
	const isMandatory = isSignOff || criterion?.level === "mandatory";
	if (isMandatory && !settings.emergency) {
		throw new RefusedError(
			`${settings.item} is mandatory: only an emergency lets it through, with a second decision maker and for 24 hours at most; say --emergency if it is one`,
		);
	}
	if (settings.emergency && settings.expiresHours > 24) {
		throw new UsageError(
			`expected an emergency to last 24 hours at most, got ${settings.expiresHours}`,
		);
	}
	const signed = await session.sign({
		type: "waiver",
		body: {
			stack: context.stack,
			release: context.release,
			gate: context.gate,
			item: settings.item,
			role: session.role,
			reason: settings.reason,
			emergency: settings.emergency,
			...session.times(settings.expiresHours * hourMs),
		},
	});
	const words = settings.emergency
		? `BREAK GLASS: ${session.holder} (${session.role}) waives ${settings.item} in an emergency: ${settings.reason}; it takes a second decision maker in another role`
		: `${session.holder} (${session.role}) waives ${settings.item}: ${settings.reason}`;
	return await session.store(
		signed,
		`${words}; sign-offs given before are void`,
	);
}

/** Says that people were told of a maintenance window. */
export async function giveNotice(settings: NoticeSettings): Promise<Result> {
	const session = await open(settings);
	const { context } = session.question;
	const { signedAt } = session.times(0);
	const sentAt = settings.sentAt ?? signedAt;
	if (Date.parse(sentAt) > Date.parse(signedAt)) {
		throw new UsageError(
			`expected a notice that was sent already, got ${sentAt}; record it when it is out`,
		);
	}
	const signed = await session.sign({
		type: "notice",
		body: {
			stack: context.stack,
			release: context.release,
			windowStart: settings.window,
			groups: settings.groups,
			role: session.role,
			sentAt,
			signedAt,
		},
	});
	return await session.store(
		signed,
		`${session.holder} says that ${settings.groups.join(", ")} were told at ${sentAt} of the window of ${settings.window}`,
	);
}

interface Session {
	readonly question: Question;
	readonly role: string;
	readonly holder: string;
	sign(predicate: Predicate): Promise<Signed>;
	times(lastsMs: number): { signedAt: string; expiresAt: string };
	store(
		signed: Signed,
		said: string,
		warnings?: readonly string[],
	): Promise<Result>;
}

async function open(settings: CaseSettings & SignerSettings): Promise<Session> {
	const signer = await findSigner(settings);
	const nowMs = Date.now();
	const question = await loadQuestion(settings, nowMs);
	const { trust, context } = question;
	const known = trust.keys.get(signer.keyId);
	if (known === undefined) {
		throw new RefusedError(
			`your key ${signer.keyId.slice(0, 12)} is not in the trust file: nobody would believe it; have its public key added`,
		);
	}
	return {
		question,
		role: known.role,
		holder: known.holder,
		times: (lastsMs) => ({
			signedAt: new Date(nowMs).toISOString(),
			expiresAt: new Date(nowMs + lastsMs).toISOString(),
		}),
		async sign(predicate) {
			const signed = await signRecord(predicate, context.subject, signer);
			requireBelieved(signed, trust);
			return signed;
		},
		async store(signed, said, warnings = []) {
			await withEvidenceStore(settings.evidence, (store) =>
				storeRecord(store, signed),
			);
			return {
				outcome: "passed",
				checks: [
					{
						name: "signed",
						outcome: "passed",
						expected: "a record that counts",
						actual: said,
						details: warnings.map((line) => `BREAK GLASS: ${line}`),
						seconds: 0,
					},
				],
				next: `${said} (${signed.key}); next: cutover decide --stack ${context.stack} --gate ${context.gate}`,
				facts: { record: signed.key },
			};
		},
	};
}

/** What a decision lacks besides sign-offs. */
function beforeSignOff({ blockers }: Decision): readonly string[] {
	return blockers.filter(
		(line) =>
			!line.startsWith("sign-off of ") && !line.startsWith("rollback: "),
	);
}

function rollbackOf(settings: ApproveSettings): RollbackTo | null {
	const { rollbackTo, rollbackImages, rollbackTree, gate } = settings;
	// Before the first cutover there is nothing but legacy to go back to.
	const release = rollbackTo ?? (gate === "cutover" ? "legacy" : undefined);
	if (release === undefined) return null;
	if (release !== "legacy" && rollbackImages === undefined) {
		throw new UsageError(
			`--rollback-images is needed to go back to ${release}: name=sha256:..., separated by commas`,
		);
	}
	return {
		release,
		images: digestsOnly(rollbackImages ?? {}),
		...(rollbackTree === undefined ? {} : { tree: rollbackTree }),
	};
}
