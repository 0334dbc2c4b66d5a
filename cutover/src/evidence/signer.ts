import { sign } from "node:crypto";
import { stat } from "node:fs/promises";
import { parseSigningKey, type SigningKey } from "@trusted-login/golive";
import { readText } from "@trusted-login/golive/read";
import { findAgentKey } from "../adapters/sshAgent.ts";
import { RefusedError, UsageError } from "../errors.ts";
import type { SignerSettings } from "./settings.ts";

/** Who signs: a key at hand, or an agent that never hands its key out. */
export interface Signer {
	/** sha256 of the public key's DER form, hex. */
	readonly keyId: string;
	/** DER (SubjectPublicKeyInfo) in base64: what a trust file holds. */
	readonly publicKey: string;
	/** An ed25519 signature, 64 bytes. @throws RefusedError when an agent says no. */
	sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * Whoever signs: the key in the environment, else the agent's, else a file that nobody else may read.
 *
 * @throws UsageError when there is none, RefusedError when others can read the file or the agent does not hold the key.
 */
export async function findSigner({
	signingKey,
	signingAgentKey,
	signingKeyFile,
}: SignerSettings): Promise<Signer> {
	if (signingKey !== undefined && signingKey !== "") {
		return signerOf(parseSigningKey(signingKey, "CUTOVER_SIGNING_KEY"));
	}
	if (signingAgentKey !== undefined && signingAgentKey !== "") {
		return await findAgentKey(process.env.SSH_AUTH_SOCK, signingAgentKey);
	}
	if (signingKeyFile === undefined) {
		throw new UsageError(
			"no key to sign with: set --signing-key-file, --signing-agent-key or CUTOVER_SIGNING_KEY; cutover key create makes one",
		);
	}
	return signerOf(await readKeyFile(signingKeyFile));
}

const signerOf = ({ privateKey, keyId, publicKey }: SigningKey): Signer => ({
	keyId,
	publicKey,
	sign: async (bytes) => sign(null, bytes, privateKey),
});

async function readKeyFile(file: string): Promise<SigningKey> {
	const { mode } = await stat(file).catch((error: unknown) => {
		throw new RefusedError(
			`the key file ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
			{ cause: error },
		);
	});
	if ((mode & 0o077) !== 0) {
		throw new RefusedError(
			`expected ${file} to be readable by its owner only, got mode ${(mode & 0o777).toString(8)}; run: chmod 600 ${file}`,
		);
	}
	return parseSigningKey(await readText(file), file);
}
