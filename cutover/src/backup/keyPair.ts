import { resolve } from "node:path";
import type { Result } from "../outcome.ts";
import { defaultIdentityFile, makeKey } from "./keys.ts";

/** Makes a key pair; the public key is the result, the private one goes into a file. */
export async function makeKeyPair(settings: {
	readonly identityFile?: string | undefined;
}): Promise<Result> {
	const file = resolve(settings.identityFile ?? defaultIdentityFile());
	const recipient = await makeKey(file);
	return {
		outcome: "passed",
		checks: [
			{
				name: "key",
				outcome: "passed",
				expected: "a new pair",
				actual: `public key ${recipient}`,
				seconds: 0,
			},
		],
		next: `The private key is in ${file}: COPY IT AWAY from this machine; without it no backup can be restored. Set BACKUP_RECIPIENTS=${recipient} where backups are made; the private key need not be there`,
		facts: { recipient, identityFile: file },
	};
}
