import { createHash } from "node:crypto";
import {
	closeSync,
	existsSync,
	openSync,
	readFileSync,
	writeSync,
} from "node:fs";
import { type LedgerEntry, signIn } from "./actions.ts";
import { createClient, type Send } from "./client.ts";
import type { LoadOptions } from "./options.ts";

/** Appends acknowledged writes, one JSON document a line, so that a kill loses at most the line being written. */
export function openLedger(file: string) {
	const descriptor = openSync(file, "a", 0o600);
	return {
		append: (entry: LedgerEntry) =>
			void writeSync(descriptor, `${JSON.stringify(entry)}\n`),
		close: () => closeSync(descriptor),
	};
}

export function readLedger(file: string): readonly LedgerEntry[] {
	if (!existsSync(file)) return [];
	return readFileSync(file, "utf8")
		.split("\n")
		.flatMap((line) => parseLine(line) ?? []);
}

/** What each thing that was written has to be now: a later entry replaces those before it. */
export function lastEntries(
	entries: readonly LedgerEntry[],
): readonly LedgerEntry[] {
	return [
		...new Map(
			entries.map((entry) => [`${entry.kind} ${entry.id}`, entry]),
		).values(),
	];
}

export interface LedgerReport {
	readonly lookedUp: number;
	/** What the system acknowledged and no longer has, or has with another content. */
	readonly lost: readonly string[];
}

const workers = 16;

/** Looks every acknowledged write up again, as the account that made it. */
export async function verifyLedger(
	options: LoadOptions,
): Promise<LedgerReport> {
	const entries = lastEntries(readLedger(options.ledgerFile));
	const client = createClient(options);
	try {
		const tokens = new Map(
			await Promise.all(
				options.accounts.map(
					async (account) =>
						[
							account.email,
							await signIn(client.send, options.apiHost, account),
						] as const,
				),
			),
		);
		const lost: string[] = [];
		const queue = entries.values();
		const work = async () => {
			for (const entry of queue) {
				const found = await lookUp(
					client.send,
					options.apiHost,
					tokens.get(entry.email),
					entry,
				);
				if (found !== true)
					lost.push(`${entry.kind} ${entry.id} of ${entry.email}: ${found}`);
			}
		};
		await Promise.all(Array.from({ length: workers }, work));
		return { lookedUp: entries.length, lost };
	} finally {
		client.close();
	}
}

async function lookUp(
	send: Send,
	host: string,
	token: string | undefined,
	entry: LedgerEntry,
): Promise<true | string> {
	if (token === undefined)
		return "its account is not among the accounts of this load";
	const path =
		entry.kind === "workflow"
			? `/api/v1/workflows/${entry.id}`
			: `/api/v1/files/${entry.id}`;
	const answer = await send({
		host,
		method: "GET",
		path,
		headers: { authorization: `Bearer ${token}` },
	});
	if (answer.status !== 200) return `answered ${answer.status}`;
	if (entry.kind === "workflow") {
		const { name } = JSON.parse(answer.body.toString());
		return name === entry.name || name === entry.orName
			? true
			: `its name is ${JSON.stringify(name)}, written was ${JSON.stringify(entry.name)}`;
	}
	const sha256 = createHash("sha256").update(answer.body).digest("hex");
	return sha256 === entry.sha256 ? true : "its content differs";
}

// Only the last line can be torn, and what it held was acknowledged to nobody who still lives.
function parseLine(line: string): LedgerEntry | undefined {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
