import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { createOnce } from "../engine/places.ts";

const part = z.object({
	pid: z.number(),
	startedAt: z.string(),
	port: z.number(),
});

const state = z.object({
	users: z.number(),
	seed: z.number(),
	seeded: z.boolean(),
	publicApiUrl: z.string(),
	database: part.optional(),
	api: part.optional(),
	frontend: part.optional(),
});

const secrets = z.object({
	adminPassword: z.string(),
	applicationPassword: z.string(),
	cutoverPassword: z.string(),
	jwtSecret: z.string(),
});

/** A process of the legacy host and the port it listens on. */
export type LegacyPart = z.output<typeof part>;

/** What the legacy host remembers in `state.json`. */
export type LegacyState = z.output<typeof state>;

export type LegacySecrets = z.output<typeof secrets>;

/** The state that a folder holds, or undefined when there is none. */
export function readState(folder: string): LegacyState | undefined {
	let text: string;
	try {
		text = readFileSync(join(folder, "state.json"), "utf8");
	} catch {
		return undefined;
	}
	return state.parse(JSON.parse(text));
}

/** Replaces the state at once: a reader sees the old one or the new one. */
export function writeState(folder: string, value: LegacyState): void {
	const draft = join(folder, `state.json.${process.pid}`);
	writeFileSync(draft, `${JSON.stringify(value, null, "\t")}\n`, {
		mode: 0o600,
	});
	renameSync(draft, join(folder, "state.json"));
}

/** The passwords of this host, made at the first question and then kept (0600). */
export function loadOrCreateSecrets(folder: string): LegacySecrets {
	const file = join(folder, "secrets.json");
	createOnce(file, () => {
		const made: LegacySecrets = {
			adminPassword: secret(),
			applicationPassword: secret(),
			cutoverPassword: secret(),
			jwtSecret: secret(),
		};
		return `${JSON.stringify(made)}\n`;
	});
	return secrets.parse(JSON.parse(readFileSync(file, "utf8")));
}

function secret(): string {
	return randomBytes(24).toString("hex");
}
