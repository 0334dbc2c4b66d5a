import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { createApp } from "./app.ts";
import { currentAccounts } from "./currentAccounts.ts";
import { openDatabase } from "./database.ts";
import { legacyAccounts } from "./legacyAccounts.ts";
import { createPasswords } from "./passwords.ts";
import { parseSettings } from "./settings.ts";
import { openUploads } from "./uploads.ts";
import { openWorkflows } from "./workflows.ts";

// Longer than a load balancer keeps an idle connection (60 s): it, not we, is to close first.
const keepAliveMs = 65_000;
const drainLimitMs = 25_000;

const settings = parseSettings(process.env);
const database = openDatabase({
	url: settings.databaseUrl,
	connections: settings.databaseConnections,
	rowLevelSecurity: settings.schema === "current",
});
const passwords = createPasswords(
	new URL("./passwordWorker.mjs", import.meta.url),
);
const uploads = openUploads(settings.uploads);
let draining = false;

const app = createApp({
	settings,
	database,
	accounts:
		settings.schema === "legacy"
			? legacyAccounts(database)
			: currentAccounts(database),
	workflows: openWorkflows(database, settings.schema),
	uploads,
	passwords,
	draining: () => draining,
	log: (message) => process.stderr.write(`${message}\n`),
});

const server = serve(
	{ fetch: app.fetch, port: settings.port, hostname: settings.host },
	({ port }) => {
		process.stdout.write(
			`backend ${settings.release} (${settings.schema}) listens on ${settings.host}:${port}\n`,
		);
	},
) as Server;
server.keepAliveTimeout = keepAliveMs;
server.headersTimeout = keepAliveMs + 1_000;
server.on("error", (error) => {
	process.stderr.write(`${error.message}\n`);
	process.exit(1);
});

process.once("SIGTERM", () => void stop("SIGTERM"));
process.once("SIGINT", () => void stop("SIGINT"));

/** Takes no new connections, answers what is under way, then ends. */
async function stop(signal: string): Promise<void> {
	process.stdout.write(`${signal}: answering what is under way\n`);
	draining = true;
	setTimeout(() => process.exit(1), drainLimitMs).unref();
	await new Promise((resolve) => server.close(resolve));
	await passwords.close();
	await database.close();
	await uploads.close();
	process.exit(0);
}
