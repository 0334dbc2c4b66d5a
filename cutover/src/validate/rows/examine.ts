import { readRows } from "../../adapters/copyText.ts";
import { identifier, literal, type Session } from "../../adapters/postgres.ts";
import { tableSql } from "./columns.ts";
import type { Converted, Entity, TargetTable } from "./entity.ts";
import { emptyFindings, type Findings, RowMatcher } from "./match.ts";
import { nullWire, splitRow, type Wire } from "./wire.ts";

export interface ExamineRequest {
	readonly entity: Entity;
	readonly quarantined: ReadonlySet<number>;
	/** SQL condition over an alias of a source table: the row changed after what was carried over last. */
	readonly changed: (alias: string) => string;
	/** Rows that are on the target alone went from the source since: not carried over yet, rather than wrong. */
	readonly allowGone: boolean;
	/** Addresses of users who signed in to the new system already: their sign-in times moved on. */
	readonly signedIn: ReadonlySet<string>;
	/** Rows that are looked into at most: whoever finds more has one cause to find and not a list to read. */
	readonly limit: number;
	readonly signal: AbortSignal;
}

/** Source rows looked at together, and conditions in one query. */
const groupRows = 10_000;
const groupConditions = 256;

/** Looks row by row, column by column into ranges of keys. */
export async function examineRanges(
	source: Session,
	target: Session,
	ranges: readonly number[],
	request: ExamineRequest,
): Promise<Findings> {
	const { entity } = request;
	const findings = emptyFindings();
	const matchers = entity.targets.map(
		(table) => new RowMatcher(entity, table, request, findings),
	);
	for (const group of await groupsOf(source, ranges, request, findings)) {
		request.signal.throwIfAborted();
		const flags = new Set(group.ranges);
		const rows = await readSource(source, group.where, request);
		for (const [place, table] of entity.targets.entries()) {
			const { rangeOfRow = entity.ranges.ofRow } = table;
			const there: Wire[][] = [];
			for (const where of rangeConditions(table, group.ranges, entity)) {
				await readTarget(target, table, where, (row, fields) => {
					if (flags.has(rangeOfRow(row))) there.push(fields());
				});
			}
			matchers[place]?.match(rows, there);
		}
		if (
			findings.faults.length > request.limit ||
			matchers.some(({ openRows }) => openRows > request.limit)
		) {
			findings.isCutShort = true;
			break;
		}
	}
	for (const matcher of matchers) await matcher.finish(target);
	return findings;
}

/** Looks at the rows of these ids alone. */
export async function examineIds(
	source: Session,
	target: Session,
	ids: ReadonlySet<number>,
	request: ExamineRequest,
): Promise<Findings & { readonly rows: number }> {
	const { entity } = request;
	const findings = emptyFindings();
	const matchers = entity.targets.map(
		(table) => new RowMatcher(entity, table, request, findings),
	);
	const all = [...ids].filter((id) => !entity.isBorn(id));
	let found = 0;
	for (let start = 0; start < all.length; start += groupRows) {
		request.signal.throwIfAborted();
		const group = all.slice(start, start + groupRows);
		const rows = await readSource(source, isAmong("t", entity, group), request);
		found += rows.length;
		const keys = group.map((id) => entity.rangeKeyOf(String(id)));
		for (const [place, table] of entity.targets.entries()) {
			const key = `t.${identifier(table.columns[0]?.name ?? "")}`;
			const isId = table.key === 0;
			const type = isId ? "bigint" : "uuid";
			const list = (isId ? group : keys).join(",");
			const either =
				table.otherKey === undefined
					? ""
					: ` OR t.${identifier(table.otherKey)} = ANY('{${group.join(",")}}'::bigint[])`;
			const there: Wire[][] = [];
			await readTarget(
				target,
				table,
				`(${key} = ANY('{${list}}'::${type}[])${either})`,
				(_, fields) => there.push(fields()),
			);
			matchers[place]?.match(rows, there);
		}
	}
	for (const matcher of matchers) await matcher.finish(target);
	return { ...findings, rows: found };
}

/** A source row that has to be on the target. */
export interface Wanted extends Converted {
	readonly id: number;
	readonly isChanged: boolean;
	/** Its owner, when that is what changed. */
	readonly changedOwner: number | undefined;
}

interface Group {
	readonly ranges: readonly number[];
	readonly where: string;
}

/** Cuts ranges into groups that fit into memory, with the condition for their source rows. */
async function groupsOf(
	source: Session,
	ranges: readonly number[],
	request: ExamineRequest,
	findings: Findings,
): Promise<readonly Group[]> {
	const { entity } = request;
	const idColumn = `t.${identifier(entity.columns[0] ?? "")}`;
	if (entity.isCutById) {
		return chunks(ranges, groupConditions).map((some) => ({
			ranges: some,
			where: anyOf(
				some.map((range) => entity.ranges.condition(idColumn, range)),
			),
		}));
	}
	// Only the ids themselves say which of them belong to a range of UUIDs.
	const flags = new Set(ranges);
	const kept = [...ranges];
	const byRange = new Map<number, string[]>();
	let found = 0;
	await readRows(
		source,
		`SELECT ${idColumn} FROM ${tableSql(entity.source)} t`,
		(row, end) => {
			const id = row.toString("latin1", 0, end);
			const range = entity.ranges.ofKey(entity.rangeKeyOf(id));
			if (!flags.has(range)) return;
			found += 1;
			const ids = byRange.get(range);
			if (ids === undefined) byRange.set(range, [id]);
			else ids.push(id);
			// Ranges are looked into whole or not at all: the last one has to wait.
			while (found > request.limit) {
				const last = kept.pop();
				if (last === undefined) return;
				found -= byRange.get(last)?.length ?? 0;
				byRange.delete(last);
				flags.delete(last);
				findings.isCutShort = true;
			}
		},
	);
	const groups: Group[] = [];
	let some: number[] = [];
	let ids: string[] = [];
	const close = () => {
		groups.push({ ranges: some, where: isAmong("t", entity, ids) });
		some = [];
		ids = [];
	};
	for (const range of flags) {
		some.push(range);
		ids.push(...(byRange.get(range) ?? []));
		if (ids.length >= groupRows) close();
	}
	if (some.length > 0) close();
	return groups;
}

async function readSource(
	source: Session,
	where: string,
	request: ExamineRequest,
): Promise<readonly Wanted[]> {
	const { entity, quarantined } = request;
	const list = entity.columns.map((column) => `t.${identifier(column)}`);
	const extra = [`(${request.changed("t")})`, changedOwnerSql(request)];
	const rows: Wanted[] = [];
	await readRows(
		source,
		`SELECT ${[...list, ...extra].join(", ")} FROM ${tableSql(entity.source)} t WHERE ${where}`,
		(row, end) => {
			const fields = splitRow(row, end);
			const id = Number(fields[0]);
			if (entity.isBorn(id) || quarantined.has(id)) return;
			const owner = fields.pop() ?? nullWire;
			const isChanged = fields.pop() === "t";
			const changedOwner = owner === nullWire ? undefined : Number(owner);
			rows.push({ ...entity.convert(fields), id, isChanged, changedOwner });
		},
	);
	return rows;
}

function changedOwnerSql({ entity, changed }: ExamineRequest): string {
	if (entity.owner === undefined) return "NULL";
	const { source, id, from } = entity.owner;
	return `(SELECT o.${identifier(id)} FROM ${tableSql(source)} o WHERE o.${identifier(id)} = t.${identifier(from)} AND ${changed("o")})`;
}

async function readTarget(
	target: Session,
	table: TargetTable,
	where: string,
	onRow: (row: Buffer, fields: () => Wire[]) => void,
): Promise<void> {
	const list = table.columns.map(({ name }) => `t.${identifier(name)}`);
	const conditions = [
		where,
		...(table.where === undefined ? [] : [table.where]),
	];
	await readRows(
		target,
		`SELECT ${list.join(", ")} FROM ${tableSql(table.table)} t WHERE ${conditions.join(" AND ")}`,
		(row, end) => {
			if (table.isOurs?.(row) === false) return;
			onRow(row, () => splitRow(row, end));
		},
	);
}

function rangeConditions(
	table: TargetTable,
	ranges: readonly number[],
	entity: Entity,
): readonly string[] {
	if (table.isSmall === true) return ["true"];
	const key = `t.${identifier(table.columns[0]?.name ?? "")}`;
	return chunks(ranges, groupConditions).map((some) =>
		anyOf(some.map((range) => entity.ranges.condition(key, range))),
	);
}

function isAmong(
	alias: string,
	entity: Entity,
	ids: readonly (number | string)[],
): string {
	return `${alias}.${identifier(entity.columns[0] ?? "")} = ANY(${literal(`{${ids.join(",")}}`)}::bigint[])`;
}

function anyOf(conditions: readonly string[]): string {
	return `(${conditions.map((one) => `(${one || "true"})`).join(" OR ")})`;
}

function chunks<T>(items: readonly T[], size: number): readonly T[][] {
	const parts: T[][] = [];
	for (let start = 0; start < items.length; start += size) {
		parts.push(items.slice(start, start + size));
	}
	return parts;
}
