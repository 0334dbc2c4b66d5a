import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A port that the legacy host was told to use is not free. */
export class PortInUseError extends Error {
	override readonly name = "PortInUseError";
	readonly port: number;
	readonly option: string;
	readonly holder: string | undefined;

	constructor(port: number, option: string, holder: string | undefined) {
		super(
			`expected port ${port} on 127.0.0.1 to be free, but ${holder ?? "another program"} uses it; end that, or choose another port with ${option}`,
		);
		this.port = port;
		this.option = option;
		this.holder = holder;
	}
}

/** Throws PortInUseError, naming who holds the port where the system tells. */
export async function requireFreePort(
	port: number,
	option: string,
): Promise<void> {
	// A process that was killed a moment ago holds its sockets until its last thread is gone.
	for (let tries = 0; tries < 20; tries++) {
		if (await isFree(port)) return;
		await sleep(50);
	}
	throw new PortInUseError(port, option, holderOf(port));
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
	});
}

/** `name (process 123)` of who listens on a port, where Linux tells; undefined elsewhere. */
export function holderOf(port: number): string | undefined {
	try {
		const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
			listeningSockets(readFileSync(table, "utf8"), port),
		);
		for (const pid of readdirSync("/proc").filter((name) =>
			/^\d+$/.test(name),
		)) {
			if (!holdsSocket(pid, sockets)) continue;
			const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
			return `${name} (process ${pid})`;
		}
	} catch {
		return undefined;
	}
	return undefined;
}

/** Inodes of the sockets that listen on a port, from the text of /proc/net/tcp. */
export function listeningSockets(table: string, port: number): string[] {
	const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
	const listening = "0A";
	return table
		.split("\n")
		.map((line) => line.trim().split(/\s+/))
		.filter(
			([, local, , state]) => local?.endsWith(wanted) && state === listening,
		)
		.flatMap((fields) => fields[9] ?? []);
}

function holdsSocket(pid: string, inodes: readonly string[]): boolean {
	try {
		return readdirSync(`/proc/${pid}/fd`).some((fd) =>
			inodes.some(
				(inode) =>
					readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
			),
		);
	} catch {
		return false;
	}
}
