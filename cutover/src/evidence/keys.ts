import { stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
	createKeyPair,
	parseSigningKey,
	type SigningKey,
} from "@trusted-login/golive";
import { readText } from "@trusted-login/golive/read";
import { RefusedError, UsageError } from "../errors.ts";
import type { Result } from "../outcome.ts";
import type { KeySettings, SignerSettings } from "./settings.ts";

/**
 * The key to sign with: from the environment, else from a file that nobody else may read.
 *
 * @throws UsageError when there is none, RefusedError when others can read it.
 */
export async function loadSigningKey({
	signingKey,
	signingKeyFile,
}: SignerSettings): Promise<SigningKey> {
	if (signingKey !== undefined && signingKey !== "") {
		return parseSigningKey(signingKey, "CUTOVER_SIGNING_KEY");
	}
	if (signingKeyFile === undefined) {
		throw new UsageError(
			"no key to sign with: set --signing-key-file, CUTOVER_SIGNING_KEY_FILE or CUTOVER_SIGNING_KEY; cutover key create makes one",
		);
	}
	const { mode } = await stat(signingKeyFile).catch((error: unknown) => {
		throw new RefusedError(
			`the key file ${signingKeyFile} cannot be read: ${error instanceof Error ? error.message : error}`,
			{ cause: error },
		);
	});
	if ((mode & 0o077) !== 0) {
		throw new RefusedError(
			`expected ${signingKeyFile} to be readable by its owner only, got mode ${(mode & 0o777).toString(8)}; run: chmod 600 ${signingKeyFile}`,
		);
	}
	return parseSigningKey(await readText(signingKeyFile), signingKeyFile);
}

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
	const entry = { publicKey, holder, role, kinds: [] };
	return {
		outcome: "passed",
		checks: [
			{
				name: "key",
				outcome: "passed",
				expected: "a new pair",
				actual: `key ${keyId.slice(0, 12)}`,
				details: [`for the trust file: ${JSON.stringify(entry)}`],
				seconds: 0,
			},
		],
		next: `The private key is in ${file} (mode 600) and nowhere else; put the public key into the trust file, then its new sha256 into the pin`,
		facts: { keyId, publicKey, signingKeyFile: file },
	};
}
