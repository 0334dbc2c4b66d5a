import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { type Context, type Env, InputError } from "./context.ts";
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

	app.use(async (c, next) => {
		await next();
		for (const [name, value] of Object.entries(
			securityHeaders(settings.release),
		)) {
			c.res.headers.set(name, value);
		}
		if (context.draining()) c.res.headers.set("Connection", "close");
	});
	app.use(
		cors({
			origin: [...settings.allowedOrigins],
			allowMethods: ["GET", "POST", "PUT", "DELETE"],
			allowHeaders: ["Authorization", "Content-Type"],
			exposeHeaders: [
				"X-Release",
				"Deprecation",
				"Sunset",
				"Link",
				"Retry-After",
			],
			maxAge: 600,
		}),
	);

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
		const deprecation = Object.entries(deprecationHeaders(settings));
		app.use("/api/v1/*", async (c, next) => {
			await next();
			for (const [name, value] of deprecation) c.res.headers.set(name, value);
		});
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
