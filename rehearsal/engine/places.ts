import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
	chmodSync,
	linkSync,
	mkdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";

/** Where the laptop cloud and its engine keep things; absolute paths. */
export interface LaptopPlaces {
	/** Engine and bundles, keyed by version or content; shared by all checkouts of a user. */
	cache: string;
	/** Everything that belongs to this checkout; mode 0711, so that the database's user can pass through. */
	home: string;
	pulumiHome: string;
	/** Folder of the file backend that holds the stacks' state. */
	state: string;
	passphraseFile: string;
	endpointFile: string;
	/** Owned by the laptop cloud's daemon. */
	cloud: string;
	/** Owned by the legacy host. */
	legacy: string;
}

/** How to reach the laptop cloud: the AWS API and `/_laptop/` on one loopback port. */
export interface Endpoint {
	port: number;
	accessKeyId: string;
	secretAccessKey: string;
	/** Value of the header `x-laptop-token`. */
	token: string;
}

/** The folder of this checkout: only right when run from source, not from a bundle. */
export const checkout = (): string => resolve(import.meta.dirname, "../..");

/** Pure: reads only the environment; creates nothing. */
export function laptopPlaces(
	env: Record<string, string | undefined> = process.env,
): LaptopPlaces {
	const cache =
		env.TRUSTED_LOGIN_CACHE ??
		join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trusted-login");
	const home = resolve(env.TRUSTED_LOGIN_HOME ?? defaultHome(env));
	return {
		cache: resolve(cache),
		home,
		pulumiHome: join(home, "pulumi"),
		state: join(home, "state"),
		passphraseFile: join(home, "passphrase"),
		endpointFile: join(home, "endpoint.json"),
		cloud: join(home, "cloud"),
		legacy: join(home, "legacy"),
	};
}

/**
 * The endpoint of this home, made once and then kept: the port is written into the state of every stack, so it must never change.
 * @throws when endpoint.json exists but cannot be read as one.
 */
export function loadOrCreateEndpoint(): Endpoint {
	const { endpointFile } = laptopPlaces();
	const existing = readIfPresent(endpointFile);
	if (existing !== undefined) return parseEndpoint(existing, endpointFile);
	createHome();
	createOnce(endpointFile, () => `${JSON.stringify(newEndpoint())}\n`);
	return parseEndpoint(readFileSync(endpointFile, "utf8"), endpointFile);
}

/** Creates the home folder (0711) when missing and returns it. */
export function createHome(): string {
	const { home } = laptopPlaces();
	mkdirSync(home, { recursive: true, mode: 0o711 });
	chmodSync(home, 0o711);
	return home;
}

/** Writes a secret file (0600) unless it exists; of two callers at once, one wins and both find a complete file. */
export function createOnce(file: string, content: () => string): void {
	if (readIfPresent(file) !== undefined) return;
	const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
	writeFileSync(draft, content(), { mode: 0o600 });
	try {
		linkSync(draft, file);
	} catch (error) {
		if (codeOf(error) !== "EEXIST") throw error;
	} finally {
		rmSync(draft, { force: true });
	}
}

function defaultHome(env: Record<string, string | undefined>): string {
	const parent =
		process.getuid?.() === 0
			? "/var/lib/trusted-login"
			: join(
					env.XDG_STATE_HOME ?? join(homedir(), ".local/state"),
					"trusted-login",
				);
	const real = realpathSync(checkout());
	const hash = createHash("sha256").update(real).digest("hex").slice(0, 8);
	return join(parent, `${basename(real)}-${hash}`);
}

function newEndpoint(): Endpoint {
	return {
		port: findFreePort(),
		accessKeyId: `LAPTOP${randomBytes(7).toString("hex").toUpperCase()}`,
		secretAccessKey: randomBytes(20).toString("hex"),
		token: randomBytes(24).toString("hex"),
	};
}

/** A port below the kernel's range for outgoing connections, so that none of those takes it while the daemon is down. */
function findFreePort(): number {
	const program = `const try1 = (left) => {
		const port = 20000 + Math.floor(Math.random() * 10000);
		const server = require("node:net").createServer();
		server.once("error", (e) => { if (left > 0) try1(left - 1); else throw e; });
		server.listen(port, "127.0.0.1", () => server.close(() => console.log(port)));
	}; try1(50);`;
	const child = spawnSync(process.execPath, ["-e", program], {
		encoding: "utf8",
		env: {},
	});
	const port = Number(child.stdout);
	if (child.status !== 0 || !Number.isInteger(port) || port === 0)
		throw new Error(
			`no free port on 127.0.0.1 between 20000 and 29999: ${child.stderr}`,
		);
	return port;
}

function parseEndpoint(text: string, file: string): Endpoint {
	const { port, accessKeyId, secretAccessKey, token } = parseObject(text);
	if (
		typeof port === "number" &&
		typeof accessKeyId === "string" &&
		typeof secretAccessKey === "string" &&
		typeof token === "string"
	)
		return { port, accessKeyId, secretAccessKey, token };
	throw new Error(
		`${file} is not an endpoint {port, accessKeyId, secretAccessKey, token}; destroy the laptop's stacks, then delete the file and it is made anew`,
	);
}

function parseObject(text: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}

function readIfPresent(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if (codeOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

const codeOf = (error: unknown): unknown =>
	error instanceof Error && "code" in error ? error.code : undefined;
