import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type * as z from "zod";
import type { Database } from "./database.ts";
import type { Passwords } from "./passwords.ts";
import { remembering } from "./remembering.ts";
import type { BackendSettings } from "./settings.ts";
import type { Account, Accounts } from "./store.ts";
import { verifyToken } from "./token.ts";
import type { Uploads } from "./uploads.ts";
import type { Workflows } from "./workflows.ts";

/** What the routes work with. */
export interface Context {
	readonly settings: BackendSettings;
	readonly database: Database;
	readonly accounts: Accounts;
	readonly workflows: Workflows;
	readonly uploads: Uploads;
	readonly passwords: Passwords;
	/** The process is about to end. */
	draining(): boolean;
	log(message: string): void;
}

/** What a request carries along. */
export type Env = { Variables: { account: Account } };

/** The request's body or query is not what the route takes. */
export class InputError extends Error {
	override readonly name = "InputError";
	readonly details: readonly {
		readonly path: string;
		readonly message: string;
	}[];

	constructor(message: string, details: InputError["details"] = []) {
		super(message);
		this.details = details;
	}
}

const jsonLimitBytes = 1024 * 1024;

// Who an address belongs to changes next to never, and every request asks.
const accountMs = 5_000;

/** Lets a request through only with a valid token whose account exists; 401 otherwise. */
export function signedIn(context: Context): MiddlewareHandler<Env> {
	const known = remembering(context.accounts.find, accountMs);
	return async (c, next) => {
		const [, token] =
			/^Bearer (\S+)$/i.exec(c.req.header("Authorization") ?? "") ?? [];
		const email =
			token &&
			verifyToken(token, context.settings.jwtSecret, Date.now() / 1000);
		const account = email ? await known(email) : undefined;
		if (!account) throw new HTTPException(401, { message: "sign in first" });
		c.set("account", account);
		await next();
	};
}

/** The JSON body as the schema has it; throws InputError, or 413 above 1 MB. */
export async function readBody<S extends z.ZodType>(
	c: HonoContext,
	schema: S,
): Promise<z.output<S>> {
	let size = 0;
	const chunks: Uint8Array[] = [];
	for await (const chunk of c.req.raw.body ?? []) {
		size += chunk.length;
		if (size > jsonLimitBytes) {
			throw new HTTPException(413, { message: "the body is above 1 MB" });
		}
		chunks.push(chunk);
	}
	let value: unknown;
	try {
		value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
	} catch {
		throw new InputError("expected a JSON body");
	}
	return check(schema, value);
}

/** The query as the schema has it; throws InputError. */
export function readQuery<S extends z.ZodType>(
	c: HonoContext,
	schema: S,
): z.output<S> {
	return check(schema, c.req.query());
}

/** The number in the path; 404 for what cannot be an id. */
export function idOf(c: HonoContext): number {
	const text = c.req.param("id") ?? "";
	// Above this the legacy integer would overflow: no such row exists in either schema's range of use.
	if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > 2_147_483_647) {
		throw new HTTPException(404, { message: "not found" });
	}
	return Number(text);
}

function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new InputError(
		"invalid input",
		parsed.error.issues.map((issue) => ({
			path: issue.path.join("."),
			message: issue.message,
		})),
	);
}
