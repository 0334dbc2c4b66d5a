import { maskSecrets } from "../masking.ts";

/** What must not stand on a page that people pass on: who a person is, and what opens a door. */
const patterns: readonly (readonly [RegExp, string])[] = [
	[
		/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
		"(key)",
	],
	[/AGE-SECRET-KEY-1[A-Z0-9]+/gi, "(key)"],
	[/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "(key)"],
	[/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, "(token)"],
	[/\bBearer\s+[^\s"',;]+/gi, "Bearer (token)"],
	[/https:\/\/hooks\.slack\.com\/[^\s"']+/g, "(webhook)"],
	[/\$2[abxy]\$\d\d\$[./A-Za-z0-9]{20,}/g, "(hash)"],
	[/\$argon2(?:id|i|d)\$[^\s"']+/g, "(hash)"],
	// The user of a database address looks like one, but says who connects and not whose row it is.
	[
		/(?<!:\/\/[^\s/?#]*)[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
		"(e-mail)",
	],
];

/** Text without passwords, tokens, keys, hashes and e-mail addresses; `secrets` are values that are known to be some. */
export function redact(text: string, secrets: readonly string[] = []): string {
	let clean = text;
	for (const secret of secrets) clean = clean.replaceAll(secret, "***");
	clean = maskSecrets(clean);
	for (const [pattern, instead] of patterns) {
		clean = clean.replace(pattern, instead);
	}
	return clean;
}

/** The same for every text inside a value, names of properties included. */
export function redactDeep(
	value: unknown,
	secrets: readonly string[] = [],
): unknown {
	if (typeof value === "string") return redact(value, secrets);
	if (Array.isArray(value)) {
		return value.map((one: unknown) => redactDeep(one, secrets));
	}
	if (typeof value === "object" && value !== null) {
		return Object.fromEntries(
			Object.entries(value).map(([name, one]) => [
				redact(name, secrets),
				isSecretName(name) && typeof one === "string"
					? "***"
					: redactDeep(one, secrets),
			]),
		);
	}
	return value;
}

/**
 * The secrets that a run was given: by variables whose name says so, as the password of an address, or as a password
 * inside JSON. Longest first, so that one that holds another goes whole; what is shorter than 4 letters would blot out
 * half of every sentence.
 */
export function secretsOf(
	given: Readonly<Record<string, unknown>>,
): readonly string[] {
	const found = new Set<string>();
	for (const [name, value] of Object.entries(given)) {
		if (typeof value !== "string") continue;
		if (isSecretName(name)) found.add(value);
		for (const [, password = ""] of value.matchAll(
			/[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:([^\s/?#]*)@/gi,
		)) {
			found.add(password);
			found.add(decoded(password));
		}
		for (const [, password = ""] of value.matchAll(
			/"password"\s*:\s*"((?:[^"\\]|\\.)*)"/gi,
		)) {
			found.add(password);
		}
	}
	return [...found]
		.filter((secret) => secret.length >= 4)
		.sort((one, other) => other.length - one.length);
}

const isSecretName = (name: string) =>
	/(pass(word|wd)|secret|token|identity|private_?key|api_?key)$/i.test(name);

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
