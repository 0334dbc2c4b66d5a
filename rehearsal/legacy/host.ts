import { chmodSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
	endProcess,
	isRunning,
	type ProcessIdentity,
} from "../cloud/processes.ts";
import { withClient } from "../engine/client.ts";
import { withFileLock } from "../engine/fileLock.ts";
import { createHome, laptopPlaces } from "../engine/places.ts";
import { serverEnvironment } from "../images/build.ts";
import { bundleBackend, bundleFrontend } from "../images/bundle.ts";
import { usualSeed } from "../seed/counts.ts";
import { seedLegacy } from "../seed/seedLegacy.ts";
import { startDatabase, urlFor } from "./database.ts";
import { requireFreePort } from "./ports.ts";
import { startProgram } from "./programs.ts";
import {
	type LegacyPart,
	type LegacyState,
	loadOrCreateSecrets,
	readState,
	writeState,
} from "./state.ts";

export interface LegacyOptions {
	/** Users to seed at the first start. Default: 100,000. */
	readonly users?: number;
	/** Seed of the generator. Default: the usual one. */
	readonly seed?: number;
	/** Default: 15432, below the ports that systems hand out by themselves. */
	readonly databasePort?: number;
	/** Default: 8007. */
	readonly apiPort?: number;
	/** Default: 3000. */
	readonly frontendPort?: number;
	/** Address of the API as browsers reach it. Default: http://localhost:<apiPort>. */
	readonly publicApiUrl?: string;
	/** Origins, besides its own, from which the frontend may be served. */
	readonly allowedOrigins?: readonly string[];
	readonly onProgress?: (message: string) => void;
}

/** The running legacy system. URLs hold passwords: never print them. */
export interface LegacyHost {
	readonly apiUrl: string;
	readonly frontendUrl: string;
	/** As role `cutover`, which the migration uses. */
	readonly databaseUrl: string;
	/** As role `legacy_app`, which owns the tables. */
	readonly applicationDatabaseUrl: string;
	/** As the server's superuser. */
	readonly adminDatabaseUrl: string;
	readonly databasePort: number;
	readonly uploadsDirectory: string;
	/** The new version has to use the same, so that sessions survive the cutover. */
	readonly jwtSecret: string;
	readonly users: number;
	readonly seed: number;
}

export interface LegacyStatus {
	/** Whether all parts run. */
	readonly running: boolean;
	readonly parts: Readonly<
		Record<"database" | "api" | "frontend", LegacyPart | undefined>
	>;
	readonly host: LegacyHost | undefined;
}

const partNames = ["frontend", "api", "database"] as const;

/**
 * Starts what does not run yet: a PostgreSQL server, seeded at the first start, backend and frontend, all living on after
 * this process. Throws PortInUseError, and an Error when a running or seeded part is not what the options ask for.
 */
export function startLegacy(options: LegacyOptions = {}): Promise<LegacyHost> {
	return exclusively(options.onProgress, () => start(options));
}

/** Ends what runs; with `removeData` the folder goes too. Resolves when everything is gone. */
export function stopLegacy(
	options: { readonly removeData?: boolean } = {},
): Promise<void> {
	return exclusively(undefined, async (folder) => {
		const state = readState(folder);
		for (const name of partNames) {
			const part = state?.[name];
			// SIGINT is PostgreSQL's fast shutdown: it ends the sessions instead of waiting for them.
			if (part) {
				await endProcess(part, {
					signal: name === "database" ? "SIGINT" : "SIGTERM",
					graceMs: 30_000,
				});
			}
		}
		if (options.removeData) {
			await rm(folder, { recursive: true, force: true });
		} else if (state) {
			const { database, api, frontend, ...rest } = state;
			writeState(folder, rest);
		}
	});
}

/** What runs now. */
export function legacyStatus(): LegacyStatus {
	const { legacy } = laptopPlaces();
	const state = readState(legacy);
	const parts = {
		database: runningPart(state?.database),
		api: runningPart(state?.api),
		frontend: runningPart(state?.frontend),
	};
	const host = state && hostOf(legacy, state);
	return {
		running: partNames.every((name) => parts[name] !== undefined),
		parts,
		host,
	};
}

async function start(options: LegacyOptions): Promise<LegacyHost> {
	const onProgress = options.onProgress ?? (() => {});
	const folder = laptopPlaces().legacy;
	const uploads = join(folder, "uploads");
	const secrets = loadOrCreateSecrets(folder);
	const ports = {
		database: options.databasePort ?? 15432,
		api: options.apiPort ?? 8007,
		frontend: options.frontendPort ?? 3000,
	};
	const publicApiUrl = options.publicApiUrl ?? `http://localhost:${ports.api}`;
	const before = readState(folder);
	requireSame(before, options);
	let state: LegacyState = {
		users: options.users ?? before?.users ?? 100_000,
		seed: options.seed ?? before?.seed ?? usualSeed,
		seeded: before?.seeded ?? false,
		publicApiUrl,
	};
	const missing: (keyof typeof ports)[] = [];
	for (const [name, option] of [
		["database", "databasePort"],
		["api", "apiPort"],
		["frontend", "frontendPort"],
	] as const) {
		const part = runningPart(before?.[name]);
		if (!part) {
			await requireFreePort(ports[name], option);
			missing.push(name);
		} else if (part.port !== ports[name]) {
			throw new Error(
				`the legacy ${name} runs on port ${part.port}, not ${ports[name]}; stop it first`,
			);
		} else {
			state = { ...state, [name]: part };
		}
	}

	// Kept after each step, so that a stop finds what an interrupted start has begun.
	function keep(change: Partial<LegacyState>): void {
		state = { ...state, ...change };
		writeState(folder, state);
	}
	const server = { folder, port: ports.database, secrets, onProgress };

	const programs = missing.includes("api") || missing.includes("frontend");
	const bundled = programs ? bundlePrograms(folder) : Promise.resolve();
	bundled.catch(() => {});
	try {
		if (missing.includes("database")) {
			keep({ database: portOf(await startDatabase(server), ports.database) });
		}
		if (!state.seeded) {
			await seedOnce(urlFor("legacy_app", server), uploads, state, onProgress);
			keep({ seeded: true });
		}
	} finally {
		// Nothing may go on writing into the folder after this has failed.
		await bundled.catch(() => {});
	}
	await bundled;
	if (missing.includes("api")) {
		const url = `http://127.0.0.1:${ports.api}/health`;
		const identity = await startNode("api", url, folder, {
			SCHEMA: "legacy",
			RELEASE: "legacy",
			DATABASE_URL: urlFor("legacy_app", server),
			JWT_SECRET: secrets.jwtSecret,
			UPLOADS: uploads,
			ALLOWED_ORIGIN: [
				`http://localhost:${ports.frontend}`,
				`http://127.0.0.1:${ports.frontend}`,
				...(options.allowedOrigins ?? []),
			].join(","),
			PORT: String(ports.api),
			HOST: "127.0.0.1",
		});
		keep({ api: portOf(identity, ports.api) });
	}
	if (missing.includes("frontend")) {
		const url = `http://127.0.0.1:${ports.frontend}/health`;
		const identity = await startNode("frontend", url, folder, {
			RELEASE: "legacy",
			REACT_APP_API_URL: publicApiUrl,
			API_VERSION: "v1",
			PORT: String(ports.frontend),
			HOST: "127.0.0.1",
		});
		keep({ frontend: portOf(identity, ports.frontend) });
	}
	const host = hostOf(folder, state);
	if (!host) throw new Error("expected all parts of the legacy host to run");
	onProgress(
		`the legacy system answers on ${host.frontendUrl} and ${host.apiUrl}`,
	);
	return host;
}

function requireSame(
	before: LegacyState | undefined,
	options: LegacyOptions,
): void {
	if (!before?.seeded) return;
	for (const name of ["users", "seed"] as const) {
		const asked = options[name];
		if (asked !== undefined && asked !== before[name]) {
			throw new Error(
				`the legacy system was seeded with ${name} ${before[name]}, not ${asked}; stop it with its data removed, then start it anew`,
			);
		}
	}
}

async function seedOnce(
	databaseUrl: string,
	uploadsDirectory: string,
	{ users, seed }: LegacyState,
	onProgress: (message: string) => void,
): Promise<void> {
	const there = await withClient(databaseUrl, async (client) => {
		const { rows } = await client.query<{ there: boolean }>(
			"select to_regclass('legacy_users') is not null as there",
		);
		return rows[0]?.there === true;
	});
	if (there) return;
	await seedLegacy({ databaseUrl, uploadsDirectory, users, seed, onProgress });
}

async function bundlePrograms(folder: string): Promise<void> {
	const apps = join(folder, "app");
	await rm(apps, { recursive: true, force: true });
	await Promise.all([
		bundleBackend(join(apps, "api")),
		bundleFrontend(join(apps, "frontend")),
	]);
}

function startNode(
	name: "api" | "frontend",
	healthUrl: string,
	folder: string,
	environment: Readonly<Record<string, string>>,
): Promise<ProcessIdentity> {
	return startProgram({
		name,
		command: process.execPath,
		args: ["server.mjs"],
		environment: {
			PATH: process.env.PATH ?? "",
			...serverEnvironment,
			...environment,
		},
		folder: join(folder, "app", name),
		logFile: join(folder, `${name}.log`),
		ready: async () => (await fetch(healthUrl)).ok,
		readyWithinMs: 15_000,
	});
}

function hostOf(folder: string, state: LegacyState): LegacyHost | undefined {
	const { database, api, frontend } = state;
	if (!database || !api || !frontend) return undefined;
	const secrets = loadOrCreateSecrets(folder);
	const server = { port: database.port, secrets };
	return {
		apiUrl: `http://127.0.0.1:${api.port}`,
		frontendUrl: `http://127.0.0.1:${frontend.port}`,
		databaseUrl: urlFor("cutover", server),
		applicationDatabaseUrl: urlFor("legacy_app", server),
		adminDatabaseUrl: urlFor("postgres", server),
		databasePort: database.port,
		uploadsDirectory: join(folder, "uploads"),
		jwtSecret: secrets.jwtSecret,
		users: state.users,
		seed: state.seed,
	};
}

function runningPart(part: LegacyPart | undefined): LegacyPart | undefined {
	return part && isRunning(part) ? part : undefined;
}

function portOf(identity: ProcessIdentity, port: number): LegacyPart {
	return { ...identity, port };
}

/** Two starts at once would take each other's ports: one waits for the other. */
async function exclusively<T>(
	onProgress: ((message: string) => void) | undefined,
	work: (folder: string) => Promise<T>,
): Promise<T> {
	const home = createHome();
	const { legacy } = laptopPlaces();
	return withFileLock(
		join(home, "legacy.lock"),
		onProgress ?? (() => {}),
		async () => {
			mkdirSync(legacy, { recursive: true, mode: 0o711 });
			// The database's own user has to pass through to its data.
			chmodSync(legacy, 0o711);
			return work(legacy);
		},
	);
}
