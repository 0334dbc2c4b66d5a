import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createKeyPair } from "@trusted-login/golive";
import { RefusedError } from "../errors.ts";
import type { Check, Result } from "../outcome.ts";
import type { KeySettings, ShownKeySettings } from "./settings.ts";
import { findSigner } from "./signer.ts";

/** Makes a pair of keys; the private one goes into a file of its own, the public one is the result. */
export async function createKey({
	signingKeyFile,
	holder,
	role,
}: KeySettings): Promise<Result> {
	const file = resolve(signingKeyFile);
	const { privatePem, publicKey, keyId } = createKeyPair();
	await writeFile(file, privatePem, { mode: 0o600, flag: "wx" }).catch(
		(error: unknown) => {
			if ((error as { code?: unknown }).code !== "EEXIST") throw error;
			throw new RefusedError(
				`${file} exists and is kept: whatever its key signed would lose its signer; name another file with --signing-key-file`,
				{ cause: error },
			);
		},
	);
	return {
		outcome: "passed",
		checks: [keyCheck("a new pair", keyId, { publicKey, holder, role })],
		next: `The private key is in ${file} (mode 600) and nowhere else; put the public key into the trust file, then its new sha256 into the pin`,
		facts: { keyId, publicKey, signingKeyFile: file },
	};
}

/** Shows the public half of whatever key would sign, as the trust file wants it. */
export async function showKey({
	holder,
	role,
	...signing
}: ShownKeySettings): Promise<Result> {
	const { keyId, publicKey } = await findSigner(signing);
	return {
		outcome: "passed",
		checks: [
			keyCheck("a key that can sign", keyId, { publicKey, holder, role }),
		],
		next: "Put the entry into the trust file, then the file's new sha256 into the pin",
		facts: { keyId, publicKey },
	};
}

const keyCheck = (expected: string, keyId: string, entry: object): Check => ({
	name: "key",
	outcome: "passed",
	expected,
	actual: `key ${keyId.slice(0, 12)}`,
	details: [`for the trust file: ${JSON.stringify({ ...entry, kinds: [] })}`],
	seconds: 0,
});
