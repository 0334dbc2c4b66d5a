import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import type { SigningKey } from "./keys.ts";

/** What every payload of ours is. */
export const payloadType = "application/vnd.in-toto+json";

/** A DSSE envelope as it is stored, one signature only. */
export interface Envelope {
	readonly payloadType: typeof payloadType;
	/** base64 of the statement's JSON. */
	readonly payload: string;
	readonly signatures: readonly [
		{ readonly keyid: string; readonly sig: string },
	];
}

const envelopeSchema = z.strictObject({
	payloadType: z.literal(payloadType),
	payload: z.string().min(1),
	signatures: z.tuple([
		z.strictObject({
			keyid: z.string().regex(/^[0-9a-f]{64}$/),
			sig: z.string().min(1).max(200),
		}),
	]),
});

/** What is signed: type and bytes with their lengths, so that neither can be taken for part of the other. */
export function preAuthEncoding(type: string, body: Uint8Array): Buffer {
	const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `;
	return Buffer.concat([Buffer.from(head), body]);
}

/** The bytes that a signature over the JSON of a statement is made of. */
export const bytesToSign = (payload: string): Buffer =>
	preAuthEncoding(payloadType, Buffer.from(payload));

/** The envelope of a statement and of the signature over its `bytesToSign`. */
export function sealPayload(
	payload: string,
	keyId: string,
	signature: Uint8Array,
): Envelope {
	return {
		payloadType,
		payload: Buffer.from(payload).toString("base64"),
		signatures: [
			{ keyid: keyId, sig: Buffer.from(signature).toString("base64") },
		],
	};
}

/** Signs the JSON of a statement with a key that is at hand. */
export function signPayload(payload: string, key: SigningKey): Envelope {
	const signature = sign(null, bytesToSign(payload), key.privateKey);
	return sealPayload(payload, key.keyId, signature);
}

/** An envelope whose signature holds; or why it does not. */
export type Opened =
	| {
			readonly payload: string;
			readonly keyId: string;
			/** sha256 of the signed bytes and the key, hex: the record's name in a sign-off. */
			readonly digest: string;
			readonly problem?: never;
	  }
	| { readonly problem: string; readonly payload?: never };

/**
 * Opens an envelope with the keys that are trusted. Never throws for what the text holds.
 * @param keyOf answers the public key of an id, or undefined for a key nobody trusts.
 */
export function openEnvelope(
	text: string,
	keyOf: (keyId: string) => KeyObject | undefined,
): Opened {
	const parsed = envelopeSchema.safeParse(jsonOf(text));
	if (!parsed.success) return { problem: "it is no DSSE envelope of ours" };
	const [{ keyid, sig }] = parsed.data.signatures;
	const key = keyOf(keyid);
	if (key === undefined) {
		return { problem: `key ${keyid.slice(0, 12)} is not trusted` };
	}
	const body = strictBase64(parsed.data.payload);
	const signature = strictBase64(sig);
	if (body === undefined || signature === undefined) {
		return { problem: "its base64 is malformed" };
	}
	const encoded = preAuthEncoding(payloadType, body);
	if (signature.length !== 64 || !verify(null, encoded, key, signature)) {
		return {
			problem: `the signature does not fit the content and key ${keyid.slice(0, 12)}: it was changed after it was signed`,
		};
	}
	const digest = createHash("sha256")
		.update(keyid)
		.update(encoded)
		.digest("hex");
	return { payload: body.toString("utf8"), keyId: keyid, digest };
}

/** The payload of an envelope without a look at its signature: to find what it speaks of, never to believe it. */
export function peekPayload(text: string): unknown {
	const envelope = jsonOf(text);
	if (typeof envelope !== "object" || envelope === null) return undefined;
	const { payload } = envelope as { readonly payload?: unknown };
	return typeof payload === "string"
		? jsonOf(Buffer.from(payload, "base64").toString("utf8"))
		: undefined;
}

/** A value of JSON; undefined when it is none. */
export function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Only the one way to write bytes: two texts for the same bytes would make two records of one. */
function strictBase64(text: string): Buffer | undefined {
	const bytes = Buffer.from(text, "base64");
	return bytes.toString("base64") === text ? bytes : undefined;
}
