import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import {
	identifier,
	literal,
	type Session,
	withSession,
	withTransaction,
} from "../adapters/postgres.ts";
import { tlsQuery } from "../adapters/postgresTls.ts";
import type { SecretStore } from "../adapters/secrets.ts";
import { UsageError } from "../errors.ts";
import type { Check } from "../outcome.ts";

export interface AppRoleRequest {
	readonly session: Session;
	readonly target: string;
	readonly role: string;
	readonly secretId: string | undefined;
}

/** Roles the application acts as. */
const memberOf = ["anon", "authenticated", "service_role"];

/**
 * Makes sure that the application has a login role and that the secret holds a URL that opens a connection.
 * A URL that works stays; otherwise the role gets a fresh password and the secret a new URL.
 */
export async function keepAppRole(
	request: AppRoleRequest,
	secrets: SecretStore,
): Promise<Check> {
	const { role, secretId } = request;
	if (secretId === undefined) {
		throw new UsageError(
			"--app-role needs --app-secret-id (APP_SECRET_ID): the secret that receives the connection URL",
		);
	}
	const startedAt = performance.now();
	const stored = await secrets.read(secretId);
	const kept = stored !== undefined && (await opens(stored, request));
	if (!kept) {
		const password = randomBytes(24).toString("base64url");
		await withTransaction(request.session, () =>
			createRole(request.session, role, password),
		);
		// Stored after the role is committed: when this fails, the next run finds no working URL and starts over.
		await secrets.write(secretId, urlFor(request, password));
	}
	return {
		name: "application role",
		outcome: "passed",
		expected: `role ${role} can sign in with the stored URL`,
		actual: kept
			? "the stored URL opens a connection, nothing changed"
			: "role granted a fresh password, URL stored",
		seconds: (performance.now() - startedAt) / 1000,
	};
}

async function createRole(
	session: Session,
	role: string,
	password: string,
): Promise<void> {
	const name = identifier(role);
	const known = await session.query("SELECT FROM pg_roles WHERE rolname = $1", [
		role,
	]);
	await session.query(
		`${known.rowCount === 0 ? "CREATE" : "ALTER"} ROLE ${name} LOGIN PASSWORD ${literal(scramVerifier(password, randomBytes(16)))}`,
	);
	await session.query(`GRANT ${memberOf.join(", ")} TO ${name}`);
}

/**
 * What the server stores for a password (SCRAM-SHA-256). Sent in its place, so that no statement log ever holds the
 * password itself.
 */
export function scramVerifier(password: string, salt: Buffer): string {
	const iterations = 4096;
	const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
	const key = (label: string) =>
		createHmac("sha256", salted).update(label).digest();
	const stored = createHash("sha256")
		.update(key("Client Key"))
		.digest("base64");
	const server = key("Server Key").toString("base64");
	return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${server}`;
}

async function opens(url: string, request: AppRoleRequest): Promise<boolean> {
	try {
		return await withSession(
			url,
			{ what: "target", connectTimeoutMs: 5_000 },
			async (session) => {
				const { rows } = await session.query<{ name: string }>(
					"SELECT current_database() AS name",
				);
				return rows[0]?.name === request.session.database;
			},
		);
	} catch {
		return false;
	}
}

function urlFor(request: AppRoleRequest, password: string): string {
	const { host, port, database } = request.session;
	const search = tlsQuery(request.target, process.env);
	return `postgresql://${encodeURIComponent(request.role)}:${password}@${host}:${port}/${encodeURIComponent(database ?? "")}${search}`;
}
