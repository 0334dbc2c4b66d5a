import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";
import { type Context, type Env, readBody, signedIn } from "../context.ts";
import type { Profile } from "../store.ts";
import { storable } from "./auth.ts";

const change = z.object({
	username: storable(z.string().trim().min(1).max(255)).optional(),
	preferences: z
		.object({
			theme: storable(z.string().min(1).max(50)),
			notifications: z.boolean(),
			language: storable(z.string().min(1).max(50)),
		})
		.partial()
		.optional(),
});

/** The signed-in user's own profile. */
export function profileRoutes(context: Context): Hono<Env> {
	return new Hono<Env>()
		.use(signedIn(context))
		.get("/", async (c) =>
			c.json(found(await context.accounts.profile(c.get("account")))),
		)
		.put("/", async (c) => {
			const asked = await readBody(c, change);
			return c.json(
				found(await context.accounts.saveProfile(c.get("account"), asked)),
			);
		});
}

function found(profile: Profile | undefined): Profile {
	if (!profile) throw new HTTPException(404, { message: "no profile" });
	return profile;
}
