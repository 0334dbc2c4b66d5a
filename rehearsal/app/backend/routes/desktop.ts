import { Hono } from "hono";
import * as z from "zod";
import { type Context, type Env, readBody, signedIn } from "../context.ts";
import { storable } from "./auth.ts";

// One grey pixel: enough to prove that an image goes through.
const png = Buffer.from(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
	"base64",
);

const request = z.object({
	region: storable(z.string().min(1).max(100)).default("full"),
});

/** Screenshots of the desktop service: JSON, or the picture itself for who accepts only `image/png`. */
export function desktopRoutes(context: Context): Hono<Env> {
	return new Hono<Env>()
		.use(signedIn(context))
		.get("/screenshot", (c) =>
			c.req.header("Accept") === "image/png"
				? c.body(new Uint8Array(png), 200, { "Content-Type": "image/png" })
				: c.json(screenshotOf("full")),
		)
		.post("/screenshot", async (c) => {
			const { region } = await readBody(c, request);
			return c.json(screenshotOf(region));
		});
}

function screenshotOf(region: string) {
	return {
		status: "captured",
		region,
		content_type: "image/png",
		image: png.toString("base64"),
		taken_at: new Date(),
	};
}
