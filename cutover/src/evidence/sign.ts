import {
	bytesToSign,
	digestsOf,
	openRecord,
	type Predicate,
	type Subject,
	sealPayload,
	type Trust,
	writeStatement,
} from "@trusted-login/golive";
import { recordsFolder } from "@trusted-login/golive/read";
import { RefusedError } from "../errors.ts";
import type { Signer } from "./signer.ts";
import type { EvidenceStore } from "./store.ts";

/** A record that is signed and not stored yet. */
export interface Signed {
	readonly key: string;
	readonly text: string;
}

/** Signs a predicate over a subject. */
export async function signRecord(
	predicate: Predicate,
	subject: Subject,
	signer: Signer,
): Promise<Signed> {
	const payload = writeStatement({ subject: digestsOf(subject), predicate });
	const signature = await signer.sign(bytesToSign(payload));
	const envelope = sealPayload(payload, signer.keyId, signature);
	return {
		key: keyOf(predicate, envelope.signatures[0].sig),
		text: `${JSON.stringify(envelope)}\n`,
	};
}

/**
 * Refuses what nobody would believe, before it is stored.
 *
 * @throws RefusedError saying why.
 */
export function requireBelieved({ key, text }: Signed, trust: Trust): void {
	const opened = openRecord({ path: key, text }, trust);
	if ("problem" in opened) {
		throw new RefusedError(
			`not signed: ${opened.problem}; use a key that the trust file gives this role`,
		);
	}
}

/** Stores a record; the name says what it is, the end keeps two of the same second apart. */
export async function storeRecord(
	store: EvidenceStore,
	{ key, text }: Signed,
): Promise<void> {
	await store.put(key, Buffer.from(text));
}

function keyOf({ type, body }: Predicate, signature: string): string {
	const at = (type === "evidence" ? body.finishedAt : body.signedAt)
		.replace(/\.\d+/, "")
		.replaceAll(/[-:]/g, "");
	const what =
		type === "evidence"
			? body.kind
			: type === "attestation" || type === "waiver"
				? `${type}-${body.item}`
				: type;
	const name = [body.stack, body.release, what, at]
		.join("_")
		.replaceAll(/[^A-Za-z0-9_.-]/g, "-");
	const end = Buffer.from(signature, "base64").toString("hex").slice(0, 8);
	return `${recordsFolder}/${name}_${end}.json`;
}
