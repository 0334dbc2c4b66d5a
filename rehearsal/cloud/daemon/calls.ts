import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Properties } from "../handler.ts";

export interface Call {
	/** ISO 8601. */
	readonly at: string;
	readonly api: "provider" | "aws";
	/** `create`, `delete` ... or the AWS action. */
	readonly operation: string;
	readonly type?: string;
	readonly urn?: string;
	readonly id?: string;
	readonly request?: unknown;
	readonly outcome: "ok" | "failed";
	readonly message?: string;
	readonly milliseconds: number;
}

/** The record of everything that was asked of the laptop cloud: one JSON line per call. */
export class CallLog {
	readonly #file: string;

	constructor(folder: string) {
		this.#file = join(folder, "calls.jsonl");
	}

	append(call: Call): void {
		appendFileSync(this.#file, `${JSON.stringify(call)}\n`, { mode: 0o600 });
	}

	/** All calls, oldest first; a last line cut short by a kill is left out. */
	list(): readonly Call[] {
		let text: string;
		try {
			text = readFileSync(this.#file, "utf8");
		} catch {
			return [];
		}
		const lines = text.split("\n").slice(0, -1);
		return lines.map((line) => JSON.parse(line) as Call);
	}
}

const secretName =
	/^(.*password.*|.*passphrase.*|secret(string|binary|value|accesskey)(wo)?|secretString|token|.*_?private_?key|.*jwt_?secret.*|.*database_?url.*)$/i;

/**
 * A copy for the log: values of secret properties, whole properties that the engine holds as secrets, and passwords
 * inside URLs are replaced.
 */
export function redact(
	value: unknown,
	secretProperties: readonly string[] = [],
): unknown {
	if (typeof value === "string") return redactUrl(value);
	if (Array.isArray(value)) return value.map((item) => redact(item));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value as Properties).map(([key, item]) => [
			key,
			secretProperties.includes(key) || isSecret(key, item)
				? "[secret]"
				: redact(item),
		]),
	);
}

const isSecret = (key: string, value: unknown): boolean =>
	typeof value === "string" && secretName.test(key);

const redactUrl = (text: string): string =>
	text.replace(
		/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi,
		"$1:[secret]@",
	);
