import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
	createHome,
	laptopPlaces,
	loadOrCreateEndpoint,
} from "../../engine/places.ts";
import type { Properties } from "../handler.ts";

/** What the daemon answered that is no result. */
export class CloudError extends Error {
	override readonly name = "CloudError";
	readonly partial: { id: string; outputs: Properties } | undefined;

	constructor(message: string, partial?: { id: string; outputs: Properties }) {
		super(message);
		this.partial = partial;
	}
}

/** The daemon is not there: the request was not delivered. */
class NotRunningError extends Error {}

/**
 * Asks the daemon of this home; starts it when it is not there.
 * @throws CloudError with what the service says.
 */
export async function askCloud(
	verb: string,
	body: Properties,
	tell: (message: string) => void = () => {},
): Promise<Properties> {
	for (let attempt = 0; ; attempt++) {
		try {
			return await send(verb, body, tell);
		} catch (error) {
			if (!(error instanceof NotRunningError) || attempt === 3) throw error;
			await startDaemon();
		}
	}
}

function send(
	verb: string,
	body: Properties,
	tell: (message: string) => void,
): Promise<Properties> {
	const { port, token } = loadOrCreateEndpoint();
	return new Promise((resolve, reject) => {
		const outgoing = request({
			host: "127.0.0.1",
			port,
			path: `/_laptop/${verb}`,
			method: "POST",
			// A new connection each time: only so is a refused one certain not to have delivered anything.
			agent: false,
			headers: { "x-laptop-token": token, accept: "application/x-ndjson" },
		});
		outgoing.once("error", (error: NodeJS.ErrnoException) =>
			reject(
				error.code === "ECONNREFUSED"
					? new NotRunningError(error.message)
					: new CloudError(
							`the laptop cloud broke off during ${verb}: ${error.message}; see ${logFile()}`,
						),
			),
		);
		outgoing.once("response", (response) => {
			let last: Properties = {};
			let rest = "";
			response.setEncoding("utf8");
			response.on("data", (chunk: string) => {
				const lines = `${rest}${chunk}`.split("\n");
				rest = lines.pop() ?? "";
				for (const line of lines) {
					const message = JSON.parse(line) as Properties;
					if (typeof message.log === "string") tell(message.log);
					else last = message;
				}
			});
			response.once("close", () => {
				if (response.statusCode !== 200 || rest !== "")
					return resolvePlain(response.statusCode ?? 0, rest, resolve, reject);
				if (last.result !== undefined)
					return resolve(last.result as Properties);
				reject(
					new CloudError(
						typeof last.error === "string"
							? last.error
							: `the laptop cloud broke off during ${verb}; see ${logFile()}`,
						last.partial as CloudError["partial"],
					),
				);
			});
		});
		outgoing.end(JSON.stringify({ ...body, enginePid: process.ppid }));
	});
}

/** Answers that are no stream: about the daemon itself, and refusals. */
function resolvePlain(
	status: number,
	text: string,
	resolve: (value: Properties) => void,
	reject: (error: Error) => void,
): void {
	let value: Properties = {};
	try {
		value = JSON.parse(text) as Properties;
	} catch {
		// somebody else's server: reported with its status below
	}
	if (status === 200) resolve(value);
	else
		reject(
			new CloudError(
				`port ${loadOrCreateEndpoint().port} answers ${status} ${typeof value.message === "string" ? value.message : "and is not the laptop cloud"}`,
			),
		);
}

let starting: Promise<void> | undefined;

/** Many resources find the daemon missing at the same moment; it is started once. */
function startDaemon(): Promise<void> {
	starting ??= launch().finally(() => {
		starting = undefined;
	});
	return starting;
}

async function launch(): Promise<void> {
	const program = process.env.TRUSTED_LOGIN_LAPTOPD;
	if (program === undefined)
		throw new CloudError(
			"the laptop cloud is not running and TRUSTED_LOGIN_LAPTOPD does not name its program; run npm run setup",
		);
	createHome();
	mkdirSync(laptopPlaces().cloud, { recursive: true, mode: 0o711 });
	const log = openSync(logFile(), "a", 0o600);
	const child = spawn(
		process.execPath,
		[...(program.endsWith(".ts") ? ["--import", "tsx"] : []), program],
		{ detached: true, stdio: ["ignore", log, log], cwd: laptopPlaces().home },
	);
	let exit: number | null | undefined;
	child.once("exit", (code) => {
		exit = code;
	});
	child.unref();
	closeSync(log);
	const deadline = Date.now() + 30_000;
	for (;;) {
		await sleep(40);
		try {
			await send("ping", {}, () => {});
			return;
		} catch (error) {
			if (!(error instanceof NotRunningError)) throw error;
		}
		if (exit !== undefined && exit !== 0)
			throw new CloudError(
				`the laptop cloud did not start: ${lastLines(logFile())}`,
			);
		if (Date.now() > deadline)
			throw new CloudError(
				`the laptop cloud did not answer within 30 s; see ${logFile()}`,
			);
	}
}

const logFile = (): string => join(laptopPlaces().cloud, "laptopd.log");

function lastLines(file: string): string {
	return readFileSync(file, "utf8").trim().split("\n").slice(-3).join(" ");
}
