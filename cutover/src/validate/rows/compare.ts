import type { Session } from "../../adapters/postgres.ts";
import { silentTalk, type Talk } from "../../console.ts";
import { count } from "../../convert/progress.ts";
import {
	changedSince,
	openSnapshot,
	type Snapshot,
} from "../../convert/snapshot.ts";
import { quarantinedIds } from "../../convert/state.ts";
import { type Finding, listed } from "../check.ts";
import type { Entity } from "./entity.ts";
import { type ExamineRequest, examineIds, examineRanges } from "./examine.ts";
import { faultText, type RowFault } from "./fault.ts";
import type { Findings } from "./match.ts";
import { ownedEntity } from "./owned.ts";
import { type RowRules, readRules } from "./rules.ts";
import { type Scan, scan } from "./scan.ts";
import { userEntity } from "./users.ts";
import { createZone, isKnownZone } from "./zone.ts";

export interface CompareOptions {
	/** Compare these rows alone, by table of the source: those that changed in the last pass. Default: all. */
	readonly only?: ReadonlyMap<string, ReadonlySet<number>>;
	/** Share of the rows to compare, a whole number of percent. Default: 100. */
	readonly percent?: number;
	/**
	 * Nothing changes on the source any more and everything has been carried over: whatever differs is wrong. Default:
	 * only with `only`.
	 */
	readonly isFenced?: boolean;
	/** Rows that are on the target alone may have been deleted on the source just now. Default: no, they are faults. */
	readonly allowGone?: boolean;
	/** Addresses of users who signed in to the new system already, so that their sign-in times moved on. */
	readonly signedIn?: ReadonlySet<string>;
	/** Rows of one table that are looked into at most, column by column. Default: 200,000. */
	readonly limit?: number;
	readonly talk?: Talk;
	readonly signal?: AbortSignal;
}

/** What the comparison of one source table with its target tables found. */
export interface RowComparison {
	/** Name of the check: `rows of users`, or `changed rows of users`. */
	readonly name: string;
	/** Table of the source. */
	readonly source: string;
	readonly finding: Finding;
	/** Everything that is wrong, up to 100,000 faults. */
	readonly faults: readonly RowFault[];
	/** Ids of source rows that differ because they changed after the last pass; to be compared once it has been made. */
	readonly pending: ReadonlySet<number>;
	readonly seconds: number;
}

/**
 * Compares every row of the source with what the target has of it, by a second implementation of the conversion that
 * shares nothing with the first but the mapping.
 *
 * Both sides are read once, as `COPY` writes them, in no order: each expected row and each row found goes into the digest
 * of its range of keys. Only ranges whose digests differ are read again and compared column by column.
 *
 * The source may be in use. Both sides are looked at in one snapshot each, the target's first; it says up to which
 * transaction of the source everything has been carried over. A row that was written after it and differs is not carried
 * over yet: it is counted, handed back as `pending`, and no fault. A row that was written before it has to be the same,
 * unless it waits for its owner: one that was given to somebody who is still on the way stays behind with all that it owns.
 * Looking again after a moment would tell nothing more: only another pass changes the target.
 *
 * Both sessions must be outside of transactions, and nothing is written.
 *
 * @throws RefusedError before the load is done, or when the mapping names what is not there.
 */
export async function compareRows(
	source: Session,
	target: Session,
	options: CompareOptions = {},
): Promise<readonly RowComparison[]> {
	await target.query(
		"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
	);
	try {
		await prepare(target);
		const rules = await readRules(target);
		const snapshot = await openSnapshot(source);
		try {
			await prepare(source);
			return await compareInside(source, target, rules, snapshot, options);
		} finally {
			await source.query("ROLLBACK").catch(() => undefined);
		}
	} finally {
		await target.query("ROLLBACK").catch(() => undefined);
	}
}

/** Both sides print values in the same way, as themselves and not as a policy lets them appear. */
const settings = {
	TimeZone: "UTC",
	DateStyle: "ISO, YMD",
	bytea_output: "hex",
	extra_float_digits: "1",
	row_security: "off",
	jit: "off",
	max_parallel_workers_per_gather: "0",
};

async function prepare(session: Session): Promise<void> {
	for (const [name, value] of Object.entries(settings)) {
		await session.query("SELECT set_config($1, $2, true)", [name, value]);
	}
}

async function compareInside(
	source: Session,
	target: Session,
	rules: RowRules,
	snapshot: Snapshot,
	options: CompareOptions,
): Promise<readonly RowComparison[]> {
	const { mapping, timeZone } = rules;
	if (!isKnownZone(timeZone)) {
		return [mapping.users, ...mapping.tables].map((one) => ({
			name: `rows of ${"label" in one ? one.label : "users"}`,
			source: one.source,
			finding: {
				outcome: "inconclusive",
				expected: "every row as the conversion makes it",
				actual: `not compared: time zone ${timeZone} is not known here; name it by its region, for example Europe/Berlin`,
			},
			faults: [],
			pending: new Set(),
			seconds: 0,
		}));
	}
	const zone = createZone(timeZone);
	const quarantine = await quarantinedIds(target);
	const tables = [mapping.users, ...mapping.tables].filter(
		(table) =>
			options.only === undefined || (options.only.get(table.source)?.size ?? 0),
	);
	const comparisons: RowComparison[] = [];
	for (const table of tables) {
		const startedAt = performance.now();
		const entity =
			"owner" in table
				? await ownedEntity(source, target, table, rules, zone)
				: await userEntity(source, target, rules, zone);
		const only = options.only?.get(entity.source);
		const isFenced = options.isFenced ?? options.only !== undefined;
		const request: ExamineRequest = {
			entity,
			quarantined: new Set(quarantine.get(entity.source)),
			changed: (alias) =>
				isFenced ? "false" : changedSince(rules.snapshotXmin, snapshot, alias),
			allowGone: options.allowGone ?? false,
			signedIn: options.signedIn ?? new Set(),
			limit: options.limit ?? 200_000,
			signal: options.signal ?? new AbortController().signal,
		};
		const found =
			only === undefined
				? await compareAll(source, target, request, options)
				: await compareSome(source, target, request, only);
		comparisons.push({
			name: `${only === undefined ? "" : "changed "}rows of ${entity.label}`,
			source: entity.source,
			...found,
			seconds: (performance.now() - startedAt) / 1000,
		});
	}
	(options.talk ?? silentTalk).endProgress();
	return comparisons;
}

type Found = Pick<RowComparison, "finding" | "faults" | "pending">;

async function compareAll(
	source: Session,
	target: Session,
	request: ExamineRequest,
	options: CompareOptions,
): Promise<Found> {
	const { entity, quarantined } = request;
	const { talk = silentTalk, percent = 100 } = options;
	const read = await scan(source, target, {
		entity,
		quarantined,
		percent,
		talk,
		signal: request.signal,
	});
	if (read.differing.length > 0) {
		talk.progress(
			`rows of ${entity.label}: looking into ${count(read.differing.length)} ranges that differ`,
		);
	}
	const findings = await examineRanges(source, target, read.differing, request);
	for (const id of read.staleQuarantine) addStale(findings, id, request);
	return conclude(entity, findings, `${count(read.rows)} rows`, {
		...read,
		percent,
	});
}

async function compareSome(
	source: Session,
	target: Session,
	request: ExamineRequest,
	only: ReadonlySet<number>,
): Promise<Found> {
	const findings = await examineIds(source, target, only, request);
	return conclude(
		request.entity,
		findings,
		`${count(findings.rows)} changed rows`,
	);
}

/** A row in the quarantine that the source does not have any more. */
function addStale(
	findings: Findings,
	id: number,
	{ entity, allowGone }: ExamineRequest,
): void {
	if (allowGone) {
		findings.pending.add(id);
		return;
	}
	findings.faults.push({
		table: "cutover.quarantine",
		source: entity.source,
		id: String(id),
		kind: "extra",
		what: "there, but not on the source; if it was deleted there just now, run cutover convert first",
	});
}

function conclude(
	entity: Entity,
	findings: Findings,
	extent: string,
	read?: Scan & { readonly percent: number },
): Found {
	const { faults, pending } = findings;
	const tables = entity.targets.map(({ table }) => table).join(", ");
	const born = (read?.born ?? 0) + findings.born;
	const asides = [
		...((read?.percent ?? 100) < 100
			? [`a sample of ${read?.percent} %, ${extent}`]
			: []),
		...(pending.size > 0
			? [
					`${count(pending.size)} changed since the last pass and are not carried over yet`,
				]
			: []),
		...((read?.kept ?? 0) > 0
			? [`${count(read?.kept ?? 0)} in quarantine`]
			: []),
		...(born > 0 ? [`${count(born)} made on the target`] : []),
	];
	const more = findings.isCutShort ? " or more" : "";
	const rows = new Set(faults.map(({ id }) => id)).size;
	const actual =
		faults.length === 0
			? findings.isCutShort
				? "more rows differ than are looked into; run cutover convert first"
				: "all equal"
			: `${count(faults.length)}${more} faults in ${count(rows)} rows`;
	return {
		finding: {
			outcome:
				faults.length > 0
					? "failed"
					: findings.isCutShort
						? "inconclusive"
						: "passed",
			expected: `${extent} of ${entity.source} in ${tables}, as the conversion makes them`,
			actual: [actual, ...asides].join("; "),
			details: faults.slice(0, listed).map(faultText),
		},
		faults,
		pending,
	};
}
