import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Context, type Env, InputError } from "./context.ts";
import { crossOrigin } from "./crossOrigin.ts";
import { DatabaseGoneError, ReadOnlyError } from "./database.ts";
import { deprecationHeaders, securityHeaders } from "./headers.ts";
import { MultipartError } from "./multipart.ts";
import { authRoutes } from "./routes/auth.ts";
import { desktopRoutes } from "./routes/desktop.ts";
import { docsRoutes } from "./routes/docs.ts";
import { fileRoutes } from "./routes/files.ts";
import { profileRoutes } from "./routes/profile.ts";
import { workflowRoutes } from "./routes/workflows.ts";
import { EmailTakenError } from "./store.ts";

/** The API of one release; `context.draining()` makes every answer end its connection. */
export function createApp(context: Context): Hono<Env> {
	const { settings } = context;
	const app = new Hono<Env>();

	// Headers are set before the answer is made: changing a finished one costs a copy of it.
	const standing = Object.entries(securityHeaders(settings.release));
	app.use(async (c, next) => {
		for (const [name, value] of standing) c.header(name, value);
		await next();
		if (context.draining()) c.res.headers.set("Connection", "close");
	});
	if (settings.schema === "current") {
		// Before anything that answers by itself: a preflight, a refusal and an error are answers of the old version too.
		const deprecation = Object.entries(deprecationHeaders(settings));
		app.use("/api/v1/*", async (c, next) => {
			for (const [name, value] of deprecation) c.header(name, value);
			await next();
		});
	}
	app.use(crossOrigin(settings.allowedOrigins));

	app.get("/health", async (c) => {
		const healthy = await context.database.answers();
		return c.json(
			{
				status: healthy ? "ok" : "unavailable",
				release: settings.release,
				database: healthy ? "ok" : "unreachable",
			},
			healthy ? 200 : 503,
		);
	});
	app.route("/api/docs", docsRoutes(context));

	if (settings.schema === "current") {
		app.route("/api/v2", version(context, "v2"));
	}
	app.route("/api/v1", version(context, "v1"));

	app.notFound((c) => c.json({ error: "not found" }, 404));
	app.onError((error, c) => {
		if (error instanceof ReadOnlyError) {
			c.header("Retry-After", "1");
			return c.json({ error: "read only: migration in progress" }, 503);
		}
		if (error instanceof DatabaseGoneError) {
			c.header("Retry-After", "1");
			return c.json({ error: "the database is not answering" }, 503);
		}
		if (error instanceof InputError) {
			return c.json({ error: error.message, details: error.details }, 400);
		}
		if (error instanceof MultipartError) {
			return c.json({ error: error.message }, 400);
		}
		if (error instanceof EmailTakenError) {
			return c.json(
				{ error: "this e-mail address is already registered" },
				409,
			);
		}
		if (error instanceof HTTPException) {
			if (error.status === 401) c.header("WWW-Authenticate", "Bearer");
			return c.json({ error: error.message }, error.status);
		}
		context.log(`${c.req.method} ${c.req.path}: ${error.stack ?? error}`);
		return c.json({ error: "internal error" }, 500);
	});
	return app;
}

function version(context: Context, name: "v1" | "v2"): Hono<Env> {
	return new Hono<Env>()
		.route("/auth", authRoutes(context))
		.route("/profile", profileRoutes(context))
		.route("/workflows", workflowRoutes(context, name))
		.route("/desktop", desktopRoutes(context))
		.route("/files", fileRoutes(context));
}
