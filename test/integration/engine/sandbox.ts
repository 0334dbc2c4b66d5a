import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment } from "../../../rehearsal/engine/environment.ts";
import {
	laptopPlaces,
	loadOrCreateEndpoint,
} from "../../../rehearsal/engine/places.ts";
import {
	type PulumiResult,
	runPulumi,
} from "../../../rehearsal/engine/pulumi.ts";

const here = import.meta.dirname;
const checkout = resolve(here, "../../..");

/** A home, a program and a policy pack of their own, and the tiny provider with its cloud. */
export class Sandbox {
	readonly root = mkdtempSync(join(tmpdir(), "engine-test-"));
	readonly program = join(this.root, "program");
	readonly pack = join(this.root, "pack");
	readonly store = join(this.root, "store.json");
	private readonly oldHome = process.env.TRUSTED_LOGIN_HOME;
	private cloud: Server | undefined;

	async open(): Promise<void> {
		process.env.TRUSTED_LOGIN_HOME = join(this.root, "home");
		cpSync(join(here, "program"), this.program, { recursive: true });
		cpSync(join(here, "pack"), this.pack, { recursive: true });
		symlinkSync(
			join(checkout, "node_modules"),
			join(this.root, "node_modules"),
		);
		installTinyProvider(this.store);
		await this.startCloud();
		await this.pulumi("stack", "init", "dev");
	}

	async close(): Promise<void> {
		this.cloud?.closeAllConnections();
		this.cloud?.close();
		if (this.oldHome === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = this.oldHome;
		rmSync(this.root, { recursive: true, force: true });
	}

	pulumi(...args: string[]): Promise<PulumiResult> {
		return runPulumi([...args, "--non-interactive"], { cwd: this.program });
	}

	async configure(settings: Record<string, string>): Promise<void> {
		const pairs = Object.entries(settings);
		await this.pulumi(
			"config",
			"set-all",
			...pairs.flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]),
		);
	}

	up = (): Promise<PulumiResult> =>
		this.pulumi("up", "--yes", "--skip-preview");

	/** Starts an update, kills the engine once `isReached`, and answers the processes that it had started. */
	async killUpdateWhen(isReached: () => boolean): Promise<number[]> {
		const engine = spawn(
			"pulumi",
			["up", "--yes", "--skip-preview", "--non-interactive"],
			{
				cwd: this.program,
				env: await childEnvironment(),
				stdio: "ignore",
				detached: true,
			},
		);
		await waitUntil(isReached, 30_000, engine);
		const started = descendantsOf(engine.pid ?? 0);
		engine.kill("SIGKILL");
		await once(engine, "exit");
		return started;
	}

	/** What the tiny cloud holds, by id. */
	get held(): Record<string, Record<string, unknown>> {
		return existsSync(this.store)
			? JSON.parse(readFileSync(this.store, "utf8"))
			: {};
	}

	/** Answers `POST /_laptop/read` as the laptop cloud does. */
	private async startCloud(): Promise<void> {
		const { port, token } = loadOrCreateEndpoint();
		this.cloud = createServer(async (request, response) => {
			let body = "";
			for await (const part of request.setEncoding("utf8")) body += part;
			if (request.headers["x-laptop-token"] !== token) {
				response.writeHead(403).end();
				return;
			}
			const { urn } = JSON.parse(body);
			const found = Object.entries(this.held).find(
				([, properties]) => properties.urn === urn,
			);
			response.end(JSON.stringify({ found: Boolean(found), id: found?.[0] }));
		}).listen(port, "127.0.0.1");
		await once(this.cloud, "listening");
	}
}

/** Puts the tiny provider where the engine finds it, with a file for its cloud. */
export function installTinyProvider(store: string): void {
	const file = join(
		laptopPlaces().pulumiHome,
		"plugins/resource-tiny-v1.0.0/pulumi-resource-tiny",
	);
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(
		file,
		`#!/bin/sh\ncd '${checkout}'\nTINY_STORE='${store}' exec '${process.execPath}' --import tsx '${join(here, "tinyProvider.ts")}' "$@"\n`,
	);
	chmodSync(file, 0o755);
}

export async function waitUntil(
	isReached: () => boolean,
	timeoutMs: number,
	process?: ChildProcess,
): Promise<void> {
	const end = Date.now() + timeoutMs;
	while (!isReached()) {
		if (Date.now() > end) throw new Error(`not reached in ${timeoutMs} ms`);
		if (process && process.exitCode !== null)
			throw new Error(`the process ended first, exit code ${process.exitCode}`);
		await sleep(50);
	}
}

export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

function descendantsOf(pid: number): number[] {
	const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
		.trim()
		.split("\n")
		.map((row) => row.trim().split(/\s+/).map(Number));
	const children = rows
		.filter(([, parent]) => parent === pid)
		.map(([child = 0]) => child);
	return children.flatMap((child) => [child, ...descendantsOf(child)]);
}
