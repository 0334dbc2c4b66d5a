import { resolve } from "node:path";
import { withSession } from "../adapters/postgres.ts";
import { reasonOf } from "../errors.ts";
import type { Check, Result } from "../outcome.ts";
import { bytesText } from "./bytes.ts";
import { holderOf } from "./hold.ts";
import { placesOf } from "./places.ts";
import type { ListSettings } from "./settings.ts";
import { expiredOf, readShelf, type Shelved } from "./shelf.ts";
import { slotState, slotText } from "./slot.ts";
import { readWalIndex, type WalEntry } from "./walArchive.ts";
import { chainFrom, lsnText, parseLsn } from "./walNames.ts";

/** What is shown of a backup. */
export interface Listed {
	readonly name: string;
	readonly startedAt?: string;
	readonly kind?: string;
	readonly bytes?: number;
	readonly encrypted?: boolean;
	readonly verifiedAt: string | null;
	readonly basedOn?: string | null;
	/** Newest moment that it can be restored to, and the position in the log. */
	readonly restorableUpTo?: string;
	readonly restorablePosition?: string;
	readonly problem?: string;
	/** The rule that was given would delete it. */
	readonly expires: boolean;
}

/** Shows every backup; with a rule of retention, what it would delete. Changes nothing. */
export async function listBackups(settings: ListSettings): Promise<Result> {
	const into = resolve(settings.into);
	const shelf = await readShelf(into);
	const index = await readWalIndex(into);
	const expires = new Set(expiredOf(shelf, settings, new Date()));
	const backups = shelf.map((one) => listed(one, index, expires));
	const checks: Check[] = backups.map((one) => ({
		name: one.name,
		outcome: one.problem === undefined ? "passed" : "failed",
		expected: "a backup that can be read",
		actual: one.problem ?? textOf(one),
		seconds: 0,
	}));
	const receiver = await holderOf(placesOf(into).walLock);
	checks.push(...(await slotCheck(settings)));
	const isBad = checks.some((check) => check.outcome === "failed");
	return {
		outcome: isBad ? "failed" : "passed",
		checks,
		next: [
			shelf.length === 0
				? `There is no backup in ${into}; next: cutover backup full --into ${into}`
				: `${shelf.length} backups in ${into}`,
			receiver === undefined
				? "nobody receives the log"
				: `the log is received by process ${receiver.pid}`,
		].join("; "),
		facts: { backups, receiver: receiver?.pid ?? null },
	};
}

/** How far recovery from a backup can go now. */
export function restorableUpTo(
	{ manifest }: Pick<Shelved, "manifest">,
	index: ReadonlyMap<string, WalEntry>,
): { readonly at: string; readonly position: string } | undefined {
	const database = manifest?.database;
	if (database === undefined) return undefined;
	if (database.base === undefined) {
		return { at: database.at, position: database.walPosition };
	}
	const { startWal, timeline, segmentBytes, endWal } = database.base;
	const chain = chainFrom(
		parseLsn(startWal),
		timeline,
		[...index.keys()],
		segmentBytes,
	);
	if (chain.end < parseLsn(endWal)) return undefined;
	const last = index.get(chain.names.at(-1) ?? "")?.at ?? database.at;
	return {
		// When the last segment was stored: everything in it is older.
		at: last > database.at ? last : database.at,
		position: lsnText(chain.end),
	};
}

function listed(
	one: Shelved,
	index: ReadonlyMap<string, WalEntry>,
	expires: ReadonlySet<string>,
): Listed {
	const { manifest } = one;
	const known = {
		name: one.name,
		verifiedAt: one.verifiedAt ?? null,
		expires: expires.has(one.name),
	};
	if (manifest === undefined) {
		return { ...known, problem: one.problem ?? "cannot be read" };
	}
	const reach = restorableUpTo(one, index);
	return {
		...known,
		startedAt: manifest.startedAt,
		kind: manifest.kind,
		bytes: manifest.files.reduce((sum, file) => sum + file.size, 0),
		encrypted: manifest.encryption.format === "age",
		basedOn: manifest.basedOn ?? null,
		...(reach !== undefined && {
			restorableUpTo: reach.at,
			restorablePosition: reach.position,
		}),
		...(reach === undefined &&
			manifest.database?.base !== undefined && {
				problem: "its log is not complete: it cannot be restored",
			}),
	};
}

function textOf(one: Listed): string {
	return [
		`${one.kind}, begun ${one.startedAt}`,
		bytesText(one.bytes ?? 0),
		one.encrypted ? "encrypted" : "NOT encrypted",
		one.verifiedAt === null ? "never verified" : `verified ${one.verifiedAt}`,
		one.restorableUpTo === undefined
			? "no database"
			: `restorable up to ${one.restorableUpTo} (${one.restorablePosition})`,
		...(one.basedOn ? [`shares files with ${one.basedOn}`] : []),
		...(one.expires ? ["would be deleted"] : []),
	].join(", ");
}

async function slotCheck(settings: ListSettings): Promise<readonly Check[]> {
	const { database, slot } = settings;
	if (database === undefined) return [];
	const base = { name: "replication slot", seconds: 0, required: false };
	try {
		return await withSession(
			database,
			{ what: "database" },
			async (session) => {
				const state = await slotState(session, slot);
				const isBad =
					state.exists && (!state.isActive || state.walStatus === "lost");
				return [
					{
						...base,
						outcome: isBad ? "failed" : "passed",
						expected: "in use, or not there",
						actual: `${slotText(slot, state)}${isBad ? '; run "cutover backup wal", or remove it with "cutover backup wal-end"' : ""}`,
					},
				];
			},
		);
	} catch (error) {
		return [
			{
				...base,
				outcome: "inconclusive",
				expected: "an answer of the server",
				actual: reasonOf(error),
			},
		];
	}
}
