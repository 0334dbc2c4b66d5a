import { readFile, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { RefusedError, UsageError } from "../errors.ts";
import { makeFolder } from "./durable.ts";

/** Where keys are named; all of it comes from files or the environment. */
export interface KeySettings {
	/** Public keys (`age1...`), separated by commas or blanks. */
	readonly recipients?: string | undefined;
	/** File of public keys, one a line. */
	readonly recipientsFile?: string | undefined;
	/** File with the private key; only restoring needs it. */
	readonly identityFile?: string | undefined;
	/** The private key itself, from the environment only. */
	readonly identity?: string | undefined;
}

/** Where `backup key` puts the private key unless told otherwise. */
export function defaultIdentityFile(
	env: Readonly<Record<string, string | undefined>> = process.env,
): string {
	const config = env.XDG_CONFIG_HOME || join(homedir(), ".config");
	return join(config, "trusted-login", "backup-identity.txt");
}

/**
 * The public keys to encrypt for: as set, else the one that belongs to the identity.
 *
 * @throws UsageError when there are none.
 */
export async function loadRecipients(
	settings: KeySettings,
): Promise<readonly string[]> {
	const named = wordsOf(settings.recipients ?? "");
	const inFile =
		settings.recipientsFile === undefined
			? []
			: linesOf(await readKeyFile(settings.recipientsFile));
	const all = [...new Set([...named, ...inFile])].sort();
	if (all.length > 0) {
		const wrong = all.filter((one) => !/^age1[0-9a-z]+$/.test(one)).length;
		if (wrong > 0) {
			throw new UsageError(
				`expected public keys (age1...), got ${wrong} that are none; the private key (AGE-SECRET-KEY-...) does not belong here`,
			);
		}
		return all;
	}
	const identities = await loadIdentities(settings).catch(() => []);
	if (identities.length > 0) {
		const { identityToRecipient } = await import("age-encryption");
		return await Promise.all(identities.map(identityToRecipient));
	}
	throw new UsageError(
		'no key to encrypt the backup with: set --recipients or BACKUP_RECIPIENTS to a public key (age1...); "cutover backup key" makes a pair; --plaintext writes hashes and secrets unencrypted',
	);
}

/**
 * The private keys that open a backup.
 *
 * @throws RefusedError when there is none.
 */
export async function loadIdentities(
	settings: KeySettings,
): Promise<readonly string[]> {
	if (settings.identity !== undefined && settings.identity !== "") {
		return identitiesIn(settings.identity, "BACKUP_IDENTITY");
	}
	const file = settings.identityFile ?? defaultIdentityFile();
	if (
		settings.identityFile === undefined &&
		!(await stat(file).catch(() => undefined))
	) {
		throw new RefusedError(
			`the backup is encrypted and no private key is at hand: set --identity-file or BACKUP_IDENTITY (looked for ${file} as well)`,
		);
	}
	return identitiesIn(await readKeyFile(file), file);
}

/** Makes a key pair and answers the public key; a file that exists is never overwritten. */
export async function makeKey(file: string): Promise<string> {
	const { generateX25519Identity, identityToRecipient } = await import(
		"age-encryption"
	);
	const identity = await generateX25519Identity();
	const recipient = await identityToRecipient(identity);
	await makeFolder(dirname(file));
	try {
		await writeFile(file, `# public key: ${recipient}\n${identity}\n`, {
			mode: 0o600,
			flag: "wx",
		});
	} catch (error) {
		if ((error as { code?: unknown }).code !== "EEXIST") throw error;
		throw new RefusedError(
			`${file} exists and is kept: overwriting it would make every backup of that key unreadable; name another file with --identity-file`,
			{ cause: error },
		);
	}
	return recipient;
}

function identitiesIn(text: string, where: string): readonly string[] {
	const found = linesOf(text);
	if (
		found.length === 0 ||
		found.some((line) => !line.startsWith("AGE-SECRET-KEY-"))
	) {
		throw new RefusedError(
			`expected private keys (AGE-SECRET-KEY-...) in ${where}, got something else; it is the file that "cutover backup key" or age-keygen wrote`,
		);
	}
	return found;
}

async function readKeyFile(file: string): Promise<string> {
	return await readFile(file, "utf8").catch((error: unknown) => {
		throw new RefusedError(
			`the key file ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
			{ cause: error },
		);
	});
}

const wordsOf = (text: string): string[] =>
	text.split(/[\s,]+/).filter((word) => word !== "");

const linesOf = (text: string): string[] =>
	text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "" && !line.startsWith("#"));
