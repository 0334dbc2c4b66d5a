import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
	type Checklist,
	type Context,
	createKeyPair,
	type Decision,
	decide,
	digestsOf,
	type Gate,
	type KindName,
	kindNames,
	kindOf,
	type Predicate,
	parseChecklist,
	parseSigningKey,
	parseTrust,
	type RollbackTo,
	type SigningKey,
	type StoredRecord,
	type Subject,
	signPayload,
	stackOf,
	type Trust,
	writeStatement,
} from "../../golive/src/index.ts";

export const checklistText = readFileSync("golive.yaml", "utf8");
export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

export const sha256 = (text: string | Uint8Array): string =>
	createHash("sha256").update(text).digest("hex");
export const isoOf = (ms: number): string => new Date(ms).toISOString();

/** One person or machine with a key. */
export interface Signer {
	readonly role: string;
	readonly holder: string;
	readonly key: SigningKey;
	readonly kinds: readonly KindName[];
}

export function signer(
	role: string,
	holder: string,
	kinds: readonly KindName[] = [],
): Signer {
	const { privatePem } = createKeyPair();
	return { role, holder, kinds, key: parseSigningKey(privatePem, "test") };
}

/** The text of a trust file for signers; JSON is YAML. */
export function trustText(
	signers: readonly Signer[],
	minimum: object = defaultMinimum,
): string {
	return JSON.stringify({
		version: 1,
		keys: signers.map(({ role, holder, kinds, key }) => ({
			publicKey: key.publicKey,
			holder,
			role,
			kinds,
		})),
		minimum,
	});
}

export const defaultMinimum = {
	thresholds: {
		technical_readiness: 100,
		business_readiness: 90,
		operational_readiness: 100,
	},
	decisionMakers: ["CTO", "Product Manager", "Operations Manager"],
	images: ["frontend", "backend", "cutover"],
	criteria: [
		{
			id: "all-critical-tests-passing",
			gates: ["provision", "cutover", "release"],
			evidence: ["tests"],
		},
		{
			id: "security-approval-obtained",
			gates: ["provision", "cutover", "release"],
			evidence: ["scan"],
			attestedBy: ["Security Team"],
		},
		{
			id: "performance-benchmarks-met",
			gates: ["cutover", "release"],
			evidence: ["performance"],
		},
		{
			id: "rollback-procedures-verified",
			gates: ["cutover", "release"],
			evidence: ["rollback-drill"],
		},
		{
			id: "support-team-ready",
			gates: ["cutover", "release"],
			attestedBy: ["Support Manager"],
		},
	],
	proving: { prod: "staging" },
	windows: ["prod"],
};

export const subject: Subject = {
	tree: sha256("tree"),
	lock: sha256("lock"),
	images: {
		frontend: sha256("frontend"),
		backend: sha256("backend"),
		cutover: sha256("cutover"),
	},
};

/** A Sunday night: the first of June 2027, inside production's window. */
export const firstSunday = Date.parse("2027-06-06T02:30:00Z");

export interface World {
	checklist: Checklist;
	trust: Trust;
	context: Context;
	nowMs: number;
	records: StoredRecord[];
	signers: ReadonlyMap<string, Signer>;
	rollbackTo: RollbackTo | null;
}

export interface Variant {
	readonly stack?: string;
	readonly gate?: Gate;
	readonly release?: string;
	readonly nowMs?: number;
	readonly subject?: Subject;
	/** How long before now evidence was finished, in milliseconds. */
	readonly ageMs?: number;
	readonly checklistText?: string;
	readonly rollbackTo?: RollbackTo | null;
	readonly windowStart?: string | null;
}

export const deciding = ["CTO", "Product Manager", "Operations Manager"];

const attesting = [
	"QA Team",
	"Security Team",
	"Development Team",
	"DevOps Team",
	"Database Team",
	"Technical Writing Team",
	"Training Team",
	"Communications Team",
	"Project Manager",
	"Support Manager",
	"Performance Team",
];

/** One set of keys for all tests: making them is the slow part. */
export const people: ReadonlyMap<string, Signer> = new Map(
	[
		signer("Pipeline", "pipeline", kindNames),
		...deciding.map((role) => signer(role, `the ${role}`)),
		...attesting.map((role) => signer(role, `somebody of ${role}`)),
	].map((one) => [one.role, one]),
);

export function personOf(role: string): Signer {
	const found = people.get(role);
	if (!found) throw new Error(`expected a signer for ${role}`);
	return found;
}

let serial = 0;

/** Signs a predicate into a stored record. */
export function recordOf(
	predicate: Predicate,
	by: Signer,
	about: Subject = subject,
	reports: ReadonlyMap<string, { sha256: string; bytes: number }> = new Map(),
): StoredRecord {
	const payload = writeStatement({ subject: digestsOf(about), predicate });
	serial += 1;
	return {
		path: `records/${predicate.type}-${String(serial).padStart(6, "0")}.json`,
		text: JSON.stringify(signPayload(payload, by.key)),
		reports,
	};
}

/** Numbers that satisfy a kind. */
export function goodNumbers(kind: KindName): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(kindOf(kind).limits).map(([name, { min, max }]) => [
			name,
			min ?? max ?? 0,
		]),
	);
}

/** The report of a kind, as a text. */
export const reportText = (kind: string): string => `${kind} report`;

const reportOf = (kind: string) => ({
	sha256: sha256(reportText(kind)),
	bytes: reportText(kind).length,
});

export type EvidenceBody = Extract<Predicate, { type: "evidence" }>["body"];

export function evidenceBody(
	kind: KindName,
	stack: string,
	release: string,
	finishedMs: number,
	by: Signer,
	changes: Partial<EvidenceBody> = {},
): EvidenceBody {
	return {
		stack,
		release,
		kind,
		producer: { name: by.holder, keyId: by.key.keyId, version: "0.1.0" },
		startedAt: isoOf(finishedMs - minuteMs),
		finishedAt: isoOf(finishedMs),
		expiresAt: isoOf(finishedMs + 30 * dayMs),
		outcome: "passed",
		numbers: goodNumbers(kind),
		reports: [{ name: `${kind}.json`, ...reportOf(kind) }],
		...changes,
	};
}

export function evidenceRecord(
	kind: KindName,
	stack: string,
	world: Pick<World, "context" | "nowMs">,
	changes: Partial<EvidenceBody> = {},
	by: Signer = personOf("Pipeline"),
	ageMs: number = minuteMs * 60,
): StoredRecord {
	const { release, subject: about } = world.context;
	const body = evidenceBody(
		kind,
		stack,
		release,
		world.nowMs - ageMs,
		by,
		changes,
	);
	return recordOf(
		{ type: "evidence", body },
		by,
		about,
		new Map([[`${kind}.json`, reportOf(kind)]]),
	);
}

export function attestationRecord(
	item: string,
	role: string,
	stack: string,
	world: Pick<World, "context" | "nowMs">,
	ageMs: number = minuteMs * 60,
): StoredRecord {
	return recordOf(
		{
			type: "attestation",
			body: {
				stack,
				release: world.context.release,
				item,
				role,
				statement: "I looked at it myself.",
				signedAt: isoOf(world.nowMs - ageMs),
				expiresAt: isoOf(world.nowMs + 20 * dayMs),
			},
		},
		personOf(role),
		world.context.subject,
	);
}

export type ApprovalBody = Extract<Predicate, { type: "approval" }>["body"];

export function approvalRecord(
	role: string,
	world: World,
	evidenceSet: string,
	changes: Partial<ApprovalBody> = {},
	by: Signer = personOf(role),
): StoredRecord {
	const { stack, gate, release, planHash } = world.context;
	return recordOf(
		{
			type: "approval",
			body: {
				stack,
				release,
				gate,
				role,
				evidenceSet,
				planHash: planHash ?? null,
				rollbackTo: world.rollbackTo,
				windowStart: "2027-06-06T02:00:00.000Z",
				signedAt: isoOf(world.nowMs - 10 * minuteMs),
				expiresAt: isoOf(world.nowMs + dayMs),
				...changes,
			},
		},
		by,
		world.context.subject,
	);
}

export type WaiverBody = Extract<Predicate, { type: "waiver" }>["body"];

export function waiverRecord(
	item: string,
	role: string,
	world: World,
	changes: Partial<WaiverBody> = {},
): StoredRecord {
	const { stack, gate, release } = world.context;
	return recordOf(
		{
			type: "waiver",
			body: {
				stack,
				release,
				gate,
				item,
				role,
				reason: "the printer is on fire",
				emergency: false,
				signedAt: isoOf(world.nowMs - 20 * minuteMs),
				expiresAt: isoOf(world.nowMs + 4 * 60 * minuteMs),
				...changes,
			},
		},
		personOf(role),
		world.context.subject,
	);
}

/** Everything that a checklist asks for at a gate, signed as it should be, without sign-offs. */
export function provenWorld(variant: Variant = {}): World {
	const stack = variant.stack ?? "prod";
	const gate = variant.gate ?? "cutover";
	const trustFile = trustText([...people.values()]);
	const world: World = {
		checklist: parseChecklist(variant.checklistText ?? checklistText),
		trust: parseTrust(trustFile, sha256(trustFile)),
		context: {
			stack,
			gate,
			release: variant.release ?? "2.0.0",
			subject: variant.subject ?? subject,
			planHash: sha256("plan"),
		},
		nowMs: variant.nowMs ?? firstSunday,
		records: [],
		signers: people,
		rollbackTo:
			variant.rollbackTo === undefined
				? { release: "legacy", images: {} }
				: variant.rollbackTo,
	};
	const entries = [
		...world.checklist.criteria,
		...world.checklist.items,
	].filter(({ gates }) => gates.includes(gate));
	const kinds = new Set<string>();
	for (const entry of entries) {
		const from = stackOf(world.checklist, entry, stack);
		for (const kind of entry.evidence) {
			if (kinds.has(`${kind} ${from}`)) continue;
			kinds.add(`${kind} ${from}`);
			world.records.push(
				evidenceRecord(kind, from, world, {}, undefined, variant.ageMs),
			);
		}
		const [role] = entry.attestedBy;
		if (role !== undefined) {
			world.records.push(attestationRecord(entry.id, role, from, world));
		}
	}
	return world;
}

/** The same, signed off by every decision maker. */
export function healthyWorld(variant: Variant = {}): World {
	return signOff(provenWorld(variant), variant);
}

export function signOff(world: World, variant: Variant = {}): World {
	const { evidenceSet } = decideIn(world);
	for (const role of world.checklist.decisionMakers) {
		world.records.push(
			approvalRecord(
				role,
				world,
				evidenceSet,
				variant.windowStart === undefined
					? {}
					: { windowStart: variant.windowStart },
			),
		);
	}
	return world;
}

export function decideIn(world: World): Decision {
	const { checklist, trust, records, context, nowMs } = world;
	return decide({ checklist, trust, records, context, nowMs });
}
