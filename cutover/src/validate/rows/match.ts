import type { Session } from "../../adapters/postgres.ts";
import { type Entity, expectedValues, type TargetTable } from "./entity.ts";
import type { ExamineRequest, Wanted } from "./examine.ts";
import { type RowFault, showValue } from "./fault.ts";
import { readJson } from "./json.ts";
import { userPlace } from "./userConversion.ts";
import { textOf, type Wire, wireOf } from "./wire.ts";

/** What looking closer found. */
export interface Findings {
	readonly faults: RowFault[];
	/** Ids of source rows that changed, came or went after what was carried over last. */
	readonly pending: Set<number>;
	/** Users on the target whom no legacy user stands for. */
	born: number;
	/** There is more to find than was looked at. */
	isCutShort: boolean;
}

export function emptyFindings(): Findings {
	return { faults: [], pending: new Set(), born: 0, isCutShort: false };
}

/** Faults that are named at most, per table of the source. */
const namedFaults = 100_000;

/** Compares the rows of one target table, group by group; what found no counterpart is judged at the end. */
export class RowMatcher {
	readonly #entity: Entity;
	readonly #table: TargetTable;
	readonly #request: ExamineRequest;
	readonly #findings: Findings;
	readonly #missing: Wanted[] = [];
	readonly #extra: (readonly Wire[])[] = [];

	constructor(
		entity: Entity,
		table: TargetTable,
		request: ExamineRequest,
		findings: Findings,
	) {
		this.#entity = entity;
		this.#table = table;
		this.#request = request;
		this.#findings = findings;
	}

	/** Compares what has to be there with what is. */
	match(wanted: readonly Wanted[], there: readonly (readonly Wire[])[]): void {
		const { includes, key } = this.#table;
		const open = new Map<Wire, Wanted>();
		const met = new Map<Wire, Wanted>();
		for (const row of wanted) {
			if (includes?.(row.values) !== false)
				open.set(row.values[key] ?? "", row);
		}
		for (const actual of there) {
			const at = actual[0] ?? "";
			const row = open.get(at);
			if (row === undefined) {
				const first = met.get(at);
				if (first === undefined) this.#extra.push(actual);
				else this.#report(first, this.#extraFault(first.id, "there twice"));
				continue;
			}
			open.delete(at);
			met.set(at, row);
			if (row.unfit === undefined) this.#compare(row, actual);
			else this.#reportUnfit(row);
		}
		for (const row of open.values()) {
			if (row.unfit === undefined) this.#missing.push(row);
			else this.#reportUnfit(row);
		}
	}

	/** Rows that found no counterpart yet. */
	get openRows(): number {
		return this.#missing.length + this.#extra.length;
	}

	/** Judges what found no counterpart: moved to another key, missing, or nobody's. */
	async finish(target: Session): Promise<void> {
		const extra = this.#pairMoved();
		const away = await this.#awayOwners(target);
		for (const row of this.#missing) {
			if (row.changedOwner !== undefined && away.has(row.changedOwner))
				this.#findings.pending.add(row.id);
			else this.#report(row, { ...this.#place(row.id), kind: "missing" });
		}
		if (extra.length > 0) await this.#judgeExtra(target, extra);
	}

	#compare(row: Wanted, actual: readonly Wire[]): void {
		const { columns } = this.#table;
		const expected = expectedValues(columns, row.values);
		for (const [place, column] of columns.entries()) {
			const [wanted = "", found = ""] = [expected[place], actual[place]];
			if (wanted === found) continue;
			if (column.type === "json" && plainJson(found) === wanted) continue;
			if (signInTimes.has(column.name) && this.#hasSignedIn(row)) continue;
			this.#report(row, {
				...this.#place(row.id),
				kind: "differs",
				column: column.name,
				expected: showValue(column, wanted),
				actual: showValue(column, found),
			});
		}
	}

	/** A row whose key alone changed is missing in one place and too much in another. */
	#pairMoved(): readonly (readonly Wire[])[] {
		if (this.#table.columns.length < 2) return this.#extra;
		const missing = new Map<string, Wanted[]>();
		for (const row of this.#missing) {
			const rest = restOf(expectedValues(this.#table.columns, row.values));
			missing.set(rest, [...(missing.get(rest) ?? []), row]);
		}
		return this.#extra.filter((actual) => {
			const row = missing.get(restOf(actual))?.pop();
			if (row === undefined) return true;
			this.#missing.splice(this.#missing.indexOf(row), 1);
			this.#compare(row, actual);
			return false;
		});
	}

	/** Owners of missing rows that changed and are not on the target: they bring along what they own. */
	async #awayOwners(target: Session): Promise<ReadonlySet<number>> {
		const ids = this.#missing.flatMap(({ changedOwner = [] }) => changedOwner);
		const away = new Set(ids);
		if (this.#entity.owner === undefined || ids.length === 0) return away;
		const { thereSql } = this.#entity.owner;
		const { rows } = await target.query<{ id: string }>(thereSql, [[...away]]);
		for (const { id } of rows) away.delete(Number(id));
		return away;
	}

	async #judgeExtra(
		target: Session,
		extra: readonly (readonly Wire[])[],
	): Promise<void> {
		const idOf = await this.#idsOf(target, extra);
		for (const actual of extra) {
			const key = actual[0] ?? "";
			const id = idOf(actual);
			if (id === undefined) {
				// Nobody's: a user born on the target, though with a UUID like ours.
				if (this.#table === this.#entity.targets[0]) this.#findings.born += 1;
			} else if (this.#request.quarantined.has(id)) {
				this.#add(
					this.#extraFault(id, `there (${key}), and in the quarantine too`),
				);
			} else if (this.#request.allowGone) {
				this.#findings.pending.add(id);
			} else {
				this.#add(
					this.#extraFault(
						id,
						this.#table.extraText ??
							`there (${key}), but not on the source; if it was deleted there just now, run cutover convert first`,
					),
				);
			}
		}
	}

	/** Whose the rows are, as far as anybody knows. */
	async #idsOf(
		target: Session,
		extra: readonly (readonly Wire[])[],
	): Promise<(actual: readonly Wire[]) => number | undefined> {
		const { columns } = this.#table;
		const idColumns = ["legacy_id", "source_id"];
		const place = this.#entity.isCutById
			? 0
			: columns.findIndex(({ name }) => idColumns.includes(name));
		if (place !== -1) return (actual) => Number(actual[place]);
		const { rows } = await target.query<{ user_id: string; legacy_id: string }>(
			"SELECT user_id::text AS user_id, legacy_id::text AS legacy_id FROM cutover.identity_map WHERE user_id = ANY($1::uuid[])",
			[extra.map((actual) => actual[0])],
		);
		const ids = new Map(
			rows.map((row) => [row.user_id, Number(row.legacy_id)]),
		);
		for (const id of this.#request.quarantined) {
			ids.set(this.#entity.rangeKeyOf(String(id)), id);
		}
		return (actual) => ids.get(actual[0] ?? "");
	}

	#reportUnfit(row: Wanted): void {
		// Once per row, however many tables it would go to.
		if (this.#table !== this.#entity.targets[0]) return;
		this.#report(row, {
			...this.#place(row.id),
			kind: "unfit",
			what: row.unfit ?? "",
		});
	}

	#extraFault(id: number, what: string): RowFault {
		return { ...this.#place(id), kind: "extra", what };
	}

	#place(id: number) {
		return {
			table: this.#table.table,
			source: this.#entity.source,
			id: String(id),
		};
	}

	#hasSignedIn(row: Wanted): boolean {
		const { signedIn } = this.#request;
		return (
			!this.#entity.isCutById &&
			signedIn.has(textOf(row.values[userPlace.email] ?? ""))
		);
	}

	#report(row: Wanted, fault: RowFault): void {
		if (row.isChanged) this.#findings.pending.add(row.id);
		else this.#add(fault);
	}

	#add(fault: RowFault): void {
		if (this.#findings.faults.length < namedFaults) {
			this.#findings.faults.push(fault);
		} else {
			this.#findings.isCutShort = true;
		}
	}
}

/** Signing in moves these on. */
const signInTimes = new Set(["last_sign_in_at", "updated_at"]);

function restOf(values: readonly Wire[]): string {
	return values.slice(1).join("\t");
}

function plainJson(wire: Wire): Wire | undefined {
	const text = readJson(textOf(wire))?.text;
	return text === undefined ? undefined : wireOf(text);
}
