import type { MiddlewareHandler } from "hono";

const exposed = "X-Release, Deprecation, Sunset, Link, Retry-After";

/** Lets pages of the given origins call the API and read what they need of its answers; answers preflights. */
export function crossOrigin(allowed: readonly string[]): MiddlewareHandler {
	return async (c, next) => {
		const origin = c.req.header("Origin");
		c.header("Vary", "Origin");
		if (origin !== undefined && allowed.includes(origin)) {
			c.header("Access-Control-Allow-Origin", origin);
			c.header("Access-Control-Expose-Headers", exposed);
			if (c.req.method === "OPTIONS") {
				c.header("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE");
				c.header("Access-Control-Allow-Headers", "Authorization, Content-Type");
				c.header("Access-Control-Max-Age", "600");
			}
		}
		if (c.req.method === "OPTIONS") return c.body(null, 204);
		await next();
	};
}
