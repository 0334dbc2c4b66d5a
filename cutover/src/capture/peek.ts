import { identifier, literal, type Session } from "../adapters/postgres.ts";
import { SlotLostError } from "../errors.ts";
import { earlierLsn, formatLsn, laterLsn } from "./lsn.ts";
import { createDecoder } from "./pgoutput.ts";
import { requireSlot } from "./slot.ts";
import { explaining } from "./slotErrors.ts";
import { waitUntilVisible } from "./visible.ts";

export interface PeekRequest {
	readonly slot: string;
	readonly publication: string;
	/**
	 * Messages (rows changed, and two or three per transaction) after which the server stops at the end of the
	 * transaction; one transaction comes whole, however big it is.
	 */
	readonly maxChanges: number;
	/** Nothing that commits at this position or later is asked for. Default: everything the server has written. */
	readonly upTo?: string | undefined;
}

/** How far a look at the feed came; whole transactions only. */
export interface Reach {
	readonly truncated: ReadonlySet<string>;
	/** All that committed before is in this answer or an earlier one: advance the slot to here once it is taken over. */
	readonly lsn: string;
	readonly transactions: number;
	/** Rows and truncations, before equal keys fell together. */
	readonly changes: number;
	/** `maxChanges` was reached: there may be more. */
	readonly isMore: boolean;
}

/** Changed keys by table as `schema.name`; keys in PostgreSQL's text form. */
export type Keys = ReadonlyMap<string, ReadonlySet<string>>;

export interface Peeked extends Reach {
	readonly keys: Keys;
}

/**
 * Reads the keys that changed without taking them off the slot: until it is advanced, the same come again.
 * Begins and ends its own transaction. What it answers is visible to every snapshot taken afterwards, and only to
 * those: read the rows in a transaction begun after this call. Needs about 150 bytes of memory per key.
 *
 * @throws SlotLostError; RefusedError when the slot is in use, the role may not, or a table has no usable key.
 */
export async function peekKeys(
	session: Session,
	request: PeekRequest,
): Promise<Peeked> {
	const keys = new Map<string, Set<string>>();
	const reach = await streamKeys(session, request, async (page) => {
		for (const [table, some] of page) {
			const known = keys.get(table);
			if (known === undefined) keys.set(table, new Set(some));
			else for (const key of some) known.add(key);
		}
	});
	return { keys, ...reach };
}

/**
 * The same, for transactions of any size: keys are handed over a page at a time and the next page is read when that is
 * done. Pages may repeat each other's keys. They count only once this call has returned, and nothing may be read by
 * them before: until then their transaction may be invisible or incomplete.
 */
export async function streamKeys(
	session: Session,
	request: PeekRequest,
	take: (page: Keys) => Promise<void>,
): Promise<Reach> {
	const { reach, xids } = await explaining(session, request.slot, () =>
		peek(session, request, take),
	);
	await waitUntilVisible(session, xids);
	return reach;
}

async function peek(
	session: Session,
	request: PeekRequest,
	take: (page: Keys) => Promise<void>,
): Promise<{ reach: Reach; xids: ReadonlySet<number> }> {
	const { confirmedLsn } = await requireSlot(session, request.slot);
	// Taken before the peek, which reads at least as far: what lies before is in the answer or of no interest.
	const flushed = await flushedLsn(session);
	const feed = createCollector();
	let messages = 0;
	let skipped: string | undefined;
	// From PostgreSQL 18 on a publication that did not exist at the slot's position is a warning, and its changes are
	// left out; told by its code, since the text is in the server's language.
	const listen = (notice: {
		code?: string | undefined;
		message?: string | undefined;
	}) => {
		if (notice.code === "55000") skipped ??= notice.message ?? "a warning";
	};
	session.on("notice", listen);
	await session.query("BEGIN READ ONLY");
	try {
		await session.query("SET LOCAL client_min_messages = warning");
		await session.query(declare(request));
		for await (const page of pages(session)) {
			if (skipped !== undefined) throw unpublished(request, skipped);
			messages += page.length;
			const keys = feed.take(page);
			if (keys.size > 0) await take(keys);
		}
		await session.query("COMMIT");
	} catch (error) {
		await session.query("ROLLBACK").catch(() => undefined);
		throw error;
	} finally {
		session.off("notice", listen);
	}
	const isMore = messages >= request.maxChanges;
	const end = formatLsn(feed.endLsn());
	const scanned = earlierLsn(flushed, request.upTo ?? flushed);
	return {
		reach: {
			truncated: feed.truncated,
			lsn: laterLsn(confirmedLsn, isMore ? end : laterLsn(end, scanned)),
			...feed.counts(),
			isMore,
		},
		xids: feed.xids,
	};
}

function unpublished(request: PeekRequest, reason: string): SlotLostError {
	return new SlotLostError(
		request.slot,
		`the publication "${request.publication}" was made after the slot, or dropped since, so changes are left out (${reason})`,
	);
}

/** A cursor, so that a big transaction waits on the server (in memory or a temporary file) and not in this process. */
function declare(request: PeekRequest): string {
	const upTo = request.upTo === undefined ? "NULL" : literal(request.upTo);
	if (!Number.isSafeInteger(request.maxChanges) || request.maxChanges < 1) {
		throw new RangeError(
			`expected a whole number of changes from 1 on, got ${request.maxChanges}`,
		);
	}
	// The server counts in 32 bits.
	const most = Math.min(request.maxChanges, 2 ** 31 - 1);
	return `DECLARE cutover_feed NO SCROLL CURSOR FOR SELECT data FROM pg_logical_slot_peek_binary_changes(${literal(request.slot)}, ${upTo}, ${most}, 'proto_version', '1', 'publication_names', ${literal(identifier(request.publication))})`;
}

/** Bytes per page to aim at; whole rows (before PostgreSQL 15) can be of any size. */
const pageBytes = 1_048_576;
const mostRows = 1_000;

async function* pages(session: Session): AsyncGenerator<readonly Buffer[]> {
	let rowsWanted = 100;
	for (;;) {
		const { rows } = await session.query<[Buffer]>({
			text: `FETCH ${rowsWanted} FROM cutover_feed`,
			rowMode: "array",
		});
		yield rows.map(([data]) => data);
		if (rows.length < rowsWanted) return;
		const bytes = rows.reduce((sum, [data]) => sum + data.length, 0);
		const fitting = Math.floor((pageBytes * rows.length) / Math.max(1, bytes));
		rowsWanted = Math.max(1, Math.min(mostRows, fitting));
	}
}

function createCollector() {
	const decode = createDecoder();
	const truncated = new Set<string>();
	const xids = new Set<number>();
	let endLsn = 0n;
	let transactions = 0;
	let changes = 0;
	let isOpen = false;
	return {
		truncated,
		xids,
		counts: () => ({ transactions, changes }),
		endLsn() {
			if (isOpen) throw new Error("the feed ends inside a transaction");
			return endLsn;
		},
		/** Takes the next messages and answers their keys. */
		take(messages: readonly Buffer[]): Keys {
			const keys = new Map<string, Set<string>>();
			for (const message of messages) {
				const event = decode(message);
				switch (event.kind) {
					case "begin":
						xids.add(event.xid);
						isOpen = true;
						break;
					case "commit":
						endLsn = event.endLsn;
						transactions += 1;
						isOpen = false;
						break;
					case "keys": {
						changes += 1;
						const known = keys.get(event.table) ?? new Set();
						if (known.size === 0) keys.set(event.table, known);
						for (const key of event.keys) known.add(key);
						break;
					}
					case "truncate":
						changes += 1;
						for (const table of event.tables) truncated.add(table);
						break;
					case "description":
				}
			}
			return keys;
		},
	};
}

async function flushedLsn(session: Session): Promise<string> {
	const { rows } = await session.query<{ lsn: string }>(
		"SELECT pg_current_wal_flush_lsn()::text AS lsn",
	);
	return rows[0]?.lsn ?? "0/0";
}
