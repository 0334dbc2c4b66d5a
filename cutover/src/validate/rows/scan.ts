import { readRows } from "../../adapters/copyText.ts";
import { identifier, type Session } from "../../adapters/postgres.ts";
import type { Talk } from "../../console.ts";
import { count } from "../../convert/progress.ts";
import { tableSql } from "./columns.ts";
import { Digests, rangeCount } from "./digest.ts";
import { createLines, type Entity, type TargetTable } from "./entity.ts";
import { idOf } from "./ranges.ts";
import { splitRow } from "./wire.ts";

/** What one reading of both sides showed. */
export interface Scan {
	/** Source rows that have to be on the target. */
	readonly rows: number;
	/** Rows made on the target itself, of its first table. */
	readonly born: number;
	/** Rows of the source that are in the quarantine. */
	readonly kept: number;
	/** Ids in the quarantine that the source does not have. */
	readonly staleQuarantine: readonly number[];
	/** The ranges of keys in which the two sides differ. */
	readonly differing: readonly number[];
}

export interface ScanRequest {
	readonly entity: Entity;
	/** Ids in the target's quarantine. */
	readonly quarantined: ReadonlySet<number>;
	/** Share of the rows to look at, in percent. */
	readonly percent: number;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/** Rows between two lines of progress. */
const progressRows = 50_000;

/** Reads every row of both sides once, in whatever order they come, and compares the digests of their ranges. */
export async function scan(
	source: Session,
	target: Session,
	request: ScanRequest,
): Promise<Scan> {
	const { entity } = request;
	const expected = entity.targets.map(({ columns, includes }) => ({
		includes,
		lineOf: createLines(columns),
		digests: new Digests(),
	}));
	const suspects = new Set<number>();
	const isWanted = sampling(request);
	const startedAt = performance.now();
	let read = 0;
	const tick = () => {
		read += 1;
		if (read % progressRows !== 0) return;
		request.signal.throwIfAborted();
		const seconds = (performance.now() - startedAt) / 1000;
		request.talk.progress(
			`rows of ${entity.label}: ${count(read)} of both sides read, ${count(Math.round(read / seconds))}/s`,
		);
	};
	const stale = new Set(request.quarantined);
	let rows = 0;
	let kept = 0;
	const readSource = async () => {
		await readRows(source, sourceSelect(entity, request), (row, end) => {
			tick();
			const id = idOf(row);
			// Before the next line: a row may be there because its id belongs to a row born on the target.
			if (request.quarantined.has(id)) {
				kept += 1;
				stale.delete(id);
				return;
			}
			if (entity.isBorn(id)) return;
			const { values, unfit } = entity.convert(splitRow(row, end));
			const range = entity.ranges.ofKey(values[entity.rangeKey] ?? "");
			if (!isWanted(range)) return;
			rows += 1;
			if (unfit !== undefined) suspects.add(range);
			for (const { includes, lineOf, digests } of expected) {
				if (includes?.(values) === false) continue;
				digests.expect(range, lineOf(values));
			}
		});
	};
	let born = 0;
	const readTargets = async () => {
		for (const [place, table] of entity.targets.entries()) {
			const { isOurs, rangeOfRow = entity.ranges.ofRow } = table;
			const digests = expected[place]?.digests;
			let bornHere = 0;
			await readRows(
				target,
				targetSelect(entity, table, request),
				(row, end) => {
					tick();
					if (
						isOurs?.(row) === false ||
						(entity.isCutById && entity.isBorn(idOf(row)))
					) {
						bornHere += 1;
						return;
					}
					const range = rangeOfRow(row);
					if (isWanted(range)) digests?.found(range, row, end);
				},
			);
			if (place === 0) born = bornHere;
		}
	};
	await Promise.all([readSource(), readTargets()]);
	for (const { digests } of expected) {
		for (const range of digests.differing()) suspects.add(range);
	}
	return {
		rows,
		born,
		kept,
		// A sample does not see the whole quarantine.
		staleQuarantine: request.percent === 100 ? [...stale] : [],
		differing: [...suspects].sort((a, b) => a - b),
	};
}

/** The rows of the source that are looked at. */
function sourceSelect(entity: Entity, request: ScanRequest): string {
	const list = entity.columns.map((column) => `t.${identifier(column)}`);
	const where =
		request.percent < 100 && entity.isCutById
			? ` WHERE ${idSample(list[0] ?? "", request.percent)}`
			: "";
	return `SELECT ${list.join(", ")} FROM ${tableSql(entity.source)} t${where}`;
}

function targetSelect(
	entity: Entity,
	table: TargetTable,
	request: ScanRequest,
): string {
	const list = table.columns.map(({ name }) => `t.${identifier(name)}`);
	const conditions = [
		...(table.where === undefined ? [] : [table.where]),
		...(request.percent < 100 && entity.isCutById
			? [idSample(list[0] ?? "", request.percent)]
			: []),
	];
	return `SELECT ${list.join(", ")} FROM ${tableSql(table.table)} t${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`}`;
}

function idSample(column: string, percent: number): string {
	return `mod(${column}::bigint, 100) < ${percent}`;
}

/** Which ranges are looked at. UUIDs are as good as random, so that the first so many ranges are a fair sample of users. */
function sampling(request: ScanRequest): (range: number) => boolean {
	const { percent, entity } = request;
	if (percent >= 100 || entity.isCutById) return () => true;
	const limit = Math.ceil((percent / 100) * rangeCount);
	return (range) => range < limit;
}
