import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";
import { type Context, type Env, readBody } from "../context.ts";
import { DatabaseGoneError, ReadOnlyError } from "../database.ts";
import { passwordLimitBytes } from "../passwordHash.ts";
import type { Account } from "../store.ts";
import { isStorableText } from "../text.ts";
import { signToken } from "../token.ts";

const email = z
	.string()
	.max(255)
	.transform((text) => text.trim().toLowerCase())
	.pipe(z.email("expected an e-mail address"));

const registration = z.object({
	email,
	password: z
		.string()
		.min(8, "expected at least 8 characters")
		.refine(
			(text) => Buffer.byteLength(text) <= passwordLimitBytes,
			`expected at most ${passwordLimitBytes} bytes`,
		),
	username: storable(z.string().trim().min(1).max(255)).optional(),
});

const credentials = z.object({
	email: z.string().transform((text) => text.trim().toLowerCase()),
	password: z.string(),
});

// Takes as long as a real one, so that the time of a refusal does not tell whether the address is known.
const nobodysHash =
	"$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ0123456";

/** Registration and sign-in. */
export function authRoutes(context: Context): Hono<Env> {
	const { accounts, passwords, settings } = context;

	function tokenFor(account: Account): string {
		return signToken(account.email, settings.jwtSecret, {
			nowSeconds: Math.floor(Date.now() / 1000),
			lifeSeconds: settings.tokenSeconds,
		});
	}

	return new Hono<Env>()
		.post("/register", async (c) => {
			const asked = await readBody(c, registration);
			const account = await accounts.register({
				email: asked.email,
				username: asked.username ?? asked.email.split("@")[0] ?? asked.email,
				passwordHash: await passwords.hash(asked.password),
			});
			return c.json({ access_token: tokenFor(account), user: account }, 201);
		})
		.post("/login", async (c) => {
			const asked = await readBody(c, credentials);
			// A NUL is no text for PostgreSQL, and no account can have one.
			const known = asked.email.includes("\0")
				? undefined
				: await accounts.forSignIn(asked.email);
			const right = await passwords.verify(
				asked.password,
				known?.passwordHash ?? nobodysHash,
			);
			if (!known || !right) {
				throw new HTTPException(401, {
					message: "e-mail address or password is wrong",
				});
			}
			await noteSignIn(known.account);
			return c.json({
				access_token: tokenFor(known.account),
				token_type: "bearer",
				user: known.account,
			});
		});

	// People can go on signing in while the database takes no writes; only the time of it is not kept then.
	async function noteSignIn(account: Account): Promise<void> {
		try {
			await accounts.noteSignIn(account);
		} catch (error) {
			if (
				!(error instanceof ReadOnlyError) &&
				!(error instanceof DatabaseGoneError)
			) {
				throw error;
			}
		}
	}
}

/** Text that PostgreSQL can hold. */
export function storable<S extends z.ZodType<string>>(schema: S) {
	return schema.refine(
		isStorableText,
		"expected text without NUL and lone surrogates",
	);
}
