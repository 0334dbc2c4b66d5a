import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import { extname } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { securityHeaders } from "../backend/headers.ts";

interface Page {
	readonly body: Buffer;
	readonly compressed: Buffer;
	readonly type: string;
	readonly tag: string;
}

const types: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
};

// Longer than a load balancer keeps an idle connection (60 s): it, not we, is to close first.
const keepAliveMs = 65_000;
const drainLimitMs = 10_000;

const release = required("RELEASE");
const apiUrl = required("REACT_APP_API_URL").replace(/\/$/, "");
const apiVersion = process.env.API_VERSION ?? "v2";
const port = Number(process.env.PORT ?? 80);
const host = process.env.HOST ?? "0.0.0.0";

const pages = readPages(new URL("./public/", import.meta.url));
pages.set(
	"/config.js",
	pageOf(
		Buffer.from(
			`window.trustedLogin = ${JSON.stringify({ apiUrl, apiVersion, release })};\n`,
		),
		".js",
	),
);
const standing = {
	...securityHeaders(release),
	"Content-Security-Policy": `default-src 'self'; connect-src 'self' ${apiUrl}; frame-ancestors 'none'`,
};
let draining = false;

const server = createServer(answer);
server.keepAliveTimeout = keepAliveMs;
server.headersTimeout = keepAliveMs + 1_000;
server.on("error", (error) => {
	process.stderr.write(`${error.message}\n`);
	process.exit(1);
});
server.listen(port, host, () => {
	const address = server.address();
	const bound = typeof address === "object" ? address?.port : port;
	process.stdout.write(`frontend ${release} listens on ${host}:${bound}\n`);
});
process.once("SIGTERM", stop);
process.once("SIGINT", stop);

function answer(request: IncomingMessage, response: ServerResponse): void {
	for (const [name, value] of Object.entries(standing)) {
		response.setHeader(name, value);
	}
	if (draining) response.setHeader("Connection", "close");
	if (request.method !== "GET" && request.method !== "HEAD") {
		response.setHeader("Allow", "GET, HEAD");
		json(response, 405, { error: "only GET and HEAD" });
		return;
	}
	const path = new URL(request.url ?? "/", "http://frontend").pathname;
	if (path === "/health") {
		json(response, 200, { status: "ok", release });
		return;
	}
	// A path without an ending is a page of the application, which finds its own way.
	const page = pages.get(path) ?? (extname(path) ? undefined : pages.get("/"));
	if (!page) {
		json(response, 404, { error: "not found" });
		return;
	}
	response.setHeader("ETag", page.tag);
	// Always asked again, answered with 304: after a release nobody works with the old program.
	response.setHeader("Cache-Control", "no-cache");
	response.setHeader("Vary", "Accept-Encoding");
	if (request.headers["if-none-match"]?.includes(page.tag)) {
		response.writeHead(304).end();
		return;
	}
	const compressed = /\bbr\b/.test(
		String(request.headers["accept-encoding"] ?? ""),
	);
	const body = compressed ? page.compressed : page.body;
	if (compressed) response.setHeader("Content-Encoding", "br");
	response.writeHead(200, {
		"Content-Type": page.type,
		"Content-Length": body.length,
	});
	response.end(request.method === "HEAD" ? undefined : body);
}

function json(response: ServerResponse, status: number, value: unknown): void {
	response.writeHead(status, { "Content-Type": "application/json" });
	response.end(JSON.stringify(value));
}

function readPages(folder: URL): Map<string, Page> {
	const found = new Map<string, Page>();
	for (const name of readdirSync(folder)) {
		const page = pageOf(readFileSync(new URL(name, folder)), extname(name));
		found.set(name === "index.html" ? "/" : `/${name}`, page);
	}
	return found;
}

function pageOf(body: Buffer, ending: string): Page {
	return {
		body,
		compressed: brotliCompressSync(body),
		type: types[ending] ?? "application/octet-stream",
		tag: `"${createHash("sha256").update(body).digest("hex").slice(0, 16)}"`,
	};
}

function required(name: string): string {
	const value = process.env[name];
	if (!value) {
		process.stderr.write(`the frontend needs ${name}\n`);
		process.exit(1);
	}
	return value;
}

/** Takes no new connections, answers what is under way, then ends. */
function stop(): void {
	draining = true;
	setTimeout(() => process.exit(1), drainLimitMs).unref();
	server.close(() => process.exit(0));
}
