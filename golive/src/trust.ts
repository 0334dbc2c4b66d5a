import { createHash, type KeyObject } from "node:crypto";
import { z } from "zod";
import { gateName, roleName, stackName } from "./checklist.ts";
import { duration } from "./durations.ts";
import { TrustError } from "./errors.ts";
import { parsePublicKey } from "./keys.ts";
import { kindNames } from "./kinds.ts";
import { readYaml } from "./yamlText.ts";

const kind = z.enum(kindNames as readonly [string, ...string[]]);
const percent = z.number().min(0).max(100);

const trustedKey = z.strictObject({
	/** DER (SubjectPublicKeyInfo) in base64, as "cutover key create" prints it. */
	publicKey: z.string().min(1).max(200),
	/** The person or machine that has the private key. */
	holder: z.string().trim().min(1).max(200),
	role: roleName,
	/** Kinds of evidence that it may prove. Default: none. */
	kinds: z.array(kind).default([]),
	/** Stacks that it may speak for. Default: all. */
	stacks: z.array(stackName).optional(),
});

const trustSchema = z.strictObject({
	version: z.literal(1),
	keys: z.array(trustedKey).min(1).max(1000),
	/** What golive.yaml must ask for at least, however it is edited. */
	minimum: z.strictObject({
		thresholds: z.strictObject({
			technical_readiness: percent,
			business_readiness: percent,
			operational_readiness: percent,
		}),
		decisionMakers: z.array(roleName).min(1),
		images: z.array(z.string().min(1).max(100)).default([]),
		signOffExpiresAfter: duration.optional(),
		criteria: z
			.array(
				z.strictObject({
					id: z.string().min(1).max(100),
					gates: z.array(gateName).min(1),
					evidence: z.array(kind).default([]),
					attestedBy: z.array(roleName).default([]),
					/** Stack that proves it for a gated stack; wanted only where named. */
					from: z.enum(["same", "proving"]).optional(),
				}),
			)
			.min(1),
		/** Per gated stack: the stack that must prove for it. */
		proving: z.record(stackName, stackName).default({}),
		/** Stacks that cannot be touched outside a maintenance window. */
		windows: z.array(stackName).default([]),
		/** Stacks whose file may make the gate advisory; on every other it is mandatory, whatever its file says. */
		advisory: z.array(stackName).default([]),
	}),
});

/** A key and what it may sign. */
export interface TrustedKey {
	readonly keyId: string;
	readonly key: KeyObject;
	readonly holder: string;
	readonly role: string;
	readonly kinds: readonly string[];
	readonly stacks: readonly string[] | undefined;
}

/** Who is believed, and what must be asked for at least. */
export interface Trust {
	/** sha256 of the text, hex. */
	readonly sha256: string;
	readonly keys: ReadonlyMap<string, TrustedKey>;
	readonly minimum: z.infer<typeof trustSchema>["minimum"];
}

/** The same person, however the name is spaced and capitalised. */
export const samePerson = (a: string, b: string): boolean =>
	personOf(a) === personOf(b);
const personOf = (name: string) =>
	name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();

/**
 * Reads the list of trusted keys.
 * @param pin sha256 (hex) of the text, from a place that whoever edits the list cannot edit.
 * @throws TrustError when it is another text, malformed, or gives a key or a decision maker two roles.
 */
export function parseTrust(text: string, pin: string, file = "trust"): Trust {
	const sha256 = createHash("sha256").update(text).digest("hex");
	if (pin.trim().toLowerCase() !== sha256) {
		throw new TrustError(
			`${file}: expected the trusted keys with sha256 ${/^[0-9a-f]{64}$/i.test(pin.trim()) ? pin.trim() : "(no pin of 64 hex digits given)"}, got ${sha256}; whoever keeps the pin decides whether the new list is right`,
		);
	}
	const read = readYaml(text, trustSchema, file);
	if (read.problems) {
		throw new TrustError(
			`${file} cannot be used:\n${read.problems.join("\n")}`,
		);
	}
	const keys = new Map<string, TrustedKey>();
	const { minimum } = read.value;
	for (const { publicKey, ...entry } of read.value.keys) {
		const parsed = parsePublicKey(publicKey);
		if (parsed === undefined) {
			throw new TrustError(
				`${file}: expected an ed25519 public key (DER in base64) of ${entry.holder}, got something else; "cutover key create" prints it`,
			);
		}
		const other = keys.get(parsed.keyId);
		if (other !== undefined) {
			throw new TrustError(
				`${file}: expected each key once, got ${parsed.keyId.slice(0, 12)} as ${other.role} (${other.holder}) and as ${entry.role} (${entry.holder}); give each role a key of its own`,
			);
		}
		keys.set(parsed.keyId, { ...entry, ...parsed, stacks: entry.stacks });
	}
	requireOneRoleEach(keys, minimum.decisionMakers, file);
	return { sha256, keys, minimum };
}

/** One person in two chairs would be two signatures of one mind. */
function requireOneRoleEach(
	keys: ReadonlyMap<string, TrustedKey>,
	decisionMakers: readonly string[],
	file: string,
): void {
	const deciding = [...keys.values()].filter(({ role }) =>
		decisionMakers.includes(role),
	);
	for (const [index, one] of deciding.entries()) {
		const twin = deciding
			.slice(index + 1)
			.find(
				(other) =>
					other.role !== one.role && samePerson(other.holder, one.holder),
			);
		if (twin) {
			throw new TrustError(
				`${file}: expected another person in each decision maker's role, got ${one.holder} as ${one.role} and as ${twin.role}`,
			);
		}
	}
}
