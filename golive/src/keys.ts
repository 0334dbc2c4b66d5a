import {
	createHash,
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	type KeyObject,
} from "node:crypto";
import { EvidenceError } from "./errors.ts";

/** A private key that can sign, with the id of its public half. */
export interface SigningKey {
	readonly privateKey: KeyObject;
	/** sha256 of the public key's DER form, hex. */
	readonly keyId: string;
	/** DER (SubjectPublicKeyInfo) in base64: what a trust file holds. */
	readonly publicKey: string;
}

/** A new pair: the private key as PEM (PKCS8), the public one as the trust file wants it. */
export function createKeyPair(): {
	readonly privatePem: string;
	readonly publicKey: string;
	readonly keyId: string;
} {
	const { privateKey, publicKey } = generateKeyPairSync("ed25519");
	const der = publicKey.export({ type: "spki", format: "der" });
	return {
		privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
		publicKey: der.toString("base64"),
		keyId: keyIdOf(der),
	};
}

/**
 * Reads a private key (PEM, PKCS8, ed25519).
 * @param where names the place in the error, which never repeats the text.
 * @throws EvidenceError when it is no such key.
 */
export function parseSigningKey(pem: string, where: string): SigningKey {
	let privateKey: KeyObject;
	try {
		privateKey = createPrivateKey(pem);
	} catch {
		// The cause may hold parts of the key.
		throw new EvidenceError(
			`expected a private key (PEM, PKCS8) in ${where}, got something else; "cutover key create" makes one`,
		);
	}
	if (privateKey.asymmetricKeyType !== "ed25519") {
		throw new EvidenceError(
			`expected an ed25519 key in ${where}, got ${privateKey.asymmetricKeyType}; "cutover key create" makes one`,
		);
	}
	const der = createPublicKey(privateKey).export({
		type: "spki",
		format: "der",
	});
	return { privateKey, keyId: keyIdOf(der), publicKey: der.toString("base64") };
}

/** Reads a public key (DER in base64); undefined when it is no ed25519 key in its only form. */
export function parsePublicKey(
	base64: string,
): { readonly key: KeyObject; readonly keyId: string } | undefined {
	const der = Buffer.from(base64, "base64");
	try {
		const key = createPublicKey({ key: der, type: "spki", format: "der" });
		const isWhole = key
			.export({ type: "spki", format: "der" })
			.equals(der as Uint8Array);
		return key.asymmetricKeyType === "ed25519" && isWhole
			? { key, keyId: keyIdOf(der) }
			: undefined;
	} catch {
		return undefined;
	}
}

/** The same key from its 32 bytes, as other programs keep it. @throws when they are no point on the curve. */
export function publicKeyOfBytes(bytes: Uint8Array): {
	readonly key: KeyObject;
	readonly keyId: string;
	/** DER (SubjectPublicKeyInfo) in base64. */
	readonly publicKey: string;
} {
	const x = Buffer.from(bytes).toString("base64url");
	const key = createPublicKey({
		key: { kty: "OKP", crv: "Ed25519", x },
		format: "jwk",
	});
	const der = key.export({ type: "spki", format: "der" });
	return { key, keyId: keyIdOf(der), publicKey: der.toString("base64") };
}

function keyIdOf(der: Uint8Array): string {
	return createHash("sha256").update(der).digest("hex");
}
