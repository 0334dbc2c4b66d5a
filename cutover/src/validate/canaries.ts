import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { request } from "../adapters/http.ts";
import type { Session } from "../adapters/postgres.ts";
import { normalizeEmail } from "../conversion/email.ts";
import { hashFormat } from "../conversion/passwordHash.ts";
import { reasonOf, UsageError } from "../errors.ts";
import type { ValidateSettings } from "./settings.ts";

const schema = z.array(
	z.strictObject({ email: z.string(), password: z.string() }),
);

/** An account planted with a known password. */
export type Canary = z.infer<typeof schema>[number];

/** Reads the canary accounts; none is an empty list. Passwords never appear in errors. */
export async function loadCanaries(
	settings: Pick<ValidateSettings, "canaries" | "canariesFile">,
): Promise<readonly Canary[]> {
	const { canaries, canariesFile } = settings;
	if (canaries !== undefined) return parse(canaries, "CUTOVER_CANARIES");
	if (canariesFile === undefined) return [];
	const { mode } = await stat(canariesFile);
	if ((mode & 0o077) !== 0) {
		throw new UsageError(
			`--canaries-file: ${canariesFile} can be read by others; run: chmod 600 ${canariesFile}`,
		);
	}
	return parse(await readFile(canariesFile, "utf8"), canariesFile);
}

/** Signs one account in; answers what went wrong, or undefined. */
export async function signIn(
	canary: Canary,
	target: Session,
	settings: Pick<ValidateSettings, "baseUrl" | "caFile">,
): Promise<string | undefined> {
	try {
		return settings.baseUrl === undefined
			? await compareHash(canary, target)
			: await login(canary, settings.baseUrl, settings.caFile);
	} catch (error) {
		return `${canary.email}: ${reasonOf(error)}`;
	}
}

async function login(
	canary: Canary,
	baseUrl: string,
	caFile: string | undefined,
): Promise<string | undefined> {
	const answer = await request({
		url: new URL("/api/v1/auth/login", baseUrl).href,
		method: "POST",
		json: canary,
		...(caFile !== undefined && { caFile }),
	});
	const hasToken = /"access_token"\s*:\s*"[^"]+"/.test(answer.body);
	return answer.status === 200 && hasToken
		? undefined
		: `${canary.email}: sign-in answered ${answer.status}${answer.status === 200 ? " without access_token" : ""}`;
}

async function compareHash(
	canary: Canary,
	target: Session,
): Promise<string | undefined> {
	const { rows } = await target.query<{ hash: string | null }>(
		"SELECT encrypted_password AS hash FROM auth.users WHERE email = $1 AND NOT is_sso_user",
		[normalizeEmail(canary.email)],
	);
	const hash = rows[0]?.hash;
	if (hash === undefined) return `${canary.email}: no such user on the target`;
	const { argon2Verify, bcryptVerify } = await import("hash-wasm");
	const { password } = canary;
	switch (hashFormat(hash)) {
		case "bcrypt":
			// The library knows the same algorithm under its present name only.
			return (await bcryptVerify({
				password,
				hash: (hash ?? "").replace(/^\$2[by]\$/, "$2a$"),
			}))
				? undefined
				: `${canary.email}: the stored hash is of another password`;
		case "argon2id":
			return (await argon2Verify({ password, hash: hash ?? "" }))
				? undefined
				: `${canary.email}: the stored hash is of another password`;
		case undefined:
			return `${canary.email}: the stored hash has an unknown format`;
	}
}

function parse(text: string, from: string): readonly Canary[] {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new UsageError(
			`${from}: expected JSON [{"email": ..., "password": ...}]`,
		);
	}
	const parsed = schema.safeParse(value);
	if (!parsed.success) {
		throw new UsageError(`${from}: expected a list of {"email", "password"}`);
	}
	return parsed.data;
}
