import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { sourceTables } from "../conversion/mapping.ts";
import { record } from "../journal.ts";
import { changedRows, doubtfulRows, requireOwnIds } from "./changedRows.ts";
import { countIds, type Ids, idsOf, union } from "./ids.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Conversion } from "./state.ts";
import { type TakeOver, takeOver } from "./takeOver.ts";

/** What a catch-up pass did. */
export interface CaughtUp {
	/** Source rows that changed, came or went. */
	readonly changedRows: number;
	/** Rows written on the target, the quarantine included. */
	readonly writtenRows: number;
}

/**
 * Takes over what changed on the source since the recorded snapshot, found by transaction age. Writes nothing when
 * nothing changed. The source session looks at the given snapshot.
 */
export async function catchUp(
	source: Session,
	target: Session,
	request: {
		readonly conversion: Conversion;
		readonly snapshot: Snapshot;
		readonly filesSource?: string | undefined;
		/** Rows to look at although nobody changed them. */
		readonly unsettled?: Ids;
		readonly onWritten?: TakeOver["onWritten"];
		readonly talk: Talk;
		readonly signal: AbortSignal;
	},
): Promise<CaughtUp> {
	const { conversion, snapshot, filesSource, unsettled = new Map() } = request;
	const { talk, signal } = request;
	const changed = joinIds(
		await changedRows(source, target, conversion, snapshot),
		unsettled,
	);
	requireOwnIds(changed, conversion);
	const writtenRows = await takeOverAll(source, target, {
		conversion,
		changed,
		doubtful: await doubtfulRows(target),
		filesSource,
		onWritten: request.onWritten,
		skipsIdle: true,
		movePosition: () =>
			target.query(
				"UPDATE cutover.conversion SET snapshot_xmin = $1::text::xid8, caught_up_at = now()",
				[String(snapshot.xmin)],
			),
		talk,
		signal,
	});
	const counted = countIds(changed);
	if (writtenRows > 0) {
		await record(target, "catch-up", { changedRows: counted, writtenRows });
	}
	return { changedRows: counted, writtenRows };
}

function joinIds(one: Ids, other: Ids): Ids {
	const tables = new Set([...one.keys(), ...other.keys()]);
	return new Map(
		[...tables].map((table) => [
			table,
			union(idsOf(one, table), idsOf(other, table)),
		]),
	);
}

/** Rows taken over in one transaction: few enough for memory and for locks held on the target. */
const portionRows = 10_000;

/**
 * Takes any number of changed rows over, a portion at a time. The position moves with the last portion; a crash before
 * repeats what was done, which changes nothing.
 */
export async function takeOverAll(
	source: Session,
	target: Session,
	request: TakeOver,
): Promise<number> {
	const tables = sourceTables(request.conversion.rules.mapping);
	const all = portions(tables, request.changed, portionRows);
	let written = 0;
	for (const changed of all.slice(0, -1)) {
		written += await takeOver(source, target, {
			...request,
			changed,
			doubtful: new Map(),
			movePosition: async () => undefined,
			skipsIdle: true,
		});
	}
	const last = all.at(-1) ?? new Map();
	return (
		written + (await takeOver(source, target, { ...request, changed: last }))
	);
}

/** Cuts the ids into portions of at most so many rows; owners come before what they own. */
export function portions(
	tables: readonly string[],
	ids: Ids,
	size: number,
): readonly Ids[] {
	const all: Map<string, Set<number>>[] = [];
	let room = 0;
	for (const table of tables) {
		for (const id of idsOf(ids, table)) {
			if (room === 0) {
				all.push(new Map());
				room = size;
			}
			const portion = all.at(-1) ?? new Map<string, Set<number>>();
			portion.set(table, (portion.get(table) ?? new Set()).add(id));
			room -= 1;
		}
	}
	return all;
}
