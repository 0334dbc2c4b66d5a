import { identifier, type Session } from "../../adapters/postgres.ts";
import { columnsOf, type TableMapping } from "../../conversion/mapping.ts";
import { RefusedError } from "../../errors.ts";
import { readSourceColumns, readTargetColumns, tableSql } from "./columns.ts";
import { comparedColumns } from "./compared.ts";
import type { Entity, Origin, Owner } from "./entity.ts";
import { createForm } from "./forms.ts";
import { idRanges } from "./ranges.ts";
import type { RowRules } from "./rules.ts";
import { createUserUuids } from "./uuid.ts";
import { nullWire } from "./wire.ts";

/** Places among the converted values: id, owner, then the columns of the mapping in their order. */
const firstColumn = 2;

/** A table whose rows belong to users, or to rows of another table. */
export async function ownedEntity(
	source: Session,
	target: Session,
	mapped: TableMapping,
	rules: RowRules,
	zone: (local: string) => string | undefined,
): Promise<Entity> {
	const from = await readSourceColumns(source, mapped.source);
	const to = await readTargetColumns(target, mapped.target);
	const columns = columnsOf(mapped);
	const uuidOf = createUserUuids(rules.namespace, rules.otherUuids);
	const isOfUser = mapped.owner.of === rules.mapping.users.source;
	const forms = columns.map((column) => {
		const there = from.get(column.from);
		const here = to.find(({ name }) => name === column.to);
		if (there === undefined || here === undefined) {
			throw new RefusedError(
				there === undefined
					? `expected column ${column.from} in ${mapped.source}, found ${[...from.keys()].join(", ")}; check the mapping`
					: `expected column ${column.to} in ${mapped.target} of the target, found ${to.map(({ name }) => name).join(", ")}; check the mapping`,
			);
		}
		return createForm(column.as, there, here, zone);
	});
	const origins: Record<string, Origin> = {
		id: 0,
		[mapped.owner.to]: 1,
	};
	for (const [place, column] of columns.entries()) {
		origins[column.to] = firstColumn + place;
	}
	const { rows } = await source.query<{ low: string; high: string }>(
		`SELECT coalesce(min(${identifier(mapped.id)}), 0)::text AS low, coalesce(max(${identifier(mapped.id)}), 0)::text AS high FROM ${tableSql(mapped.source)}`,
	);
	const born = rules.born[mapped.source];
	const bornBefore = new Set(born?.ids);
	const bornFrom = born?.from ?? Number.POSITIVE_INFINITY;
	return {
		label: mapped.label,
		source: mapped.source,
		columns: [
			mapped.id,
			mapped.owner.from,
			...columns.map((column) => column.from),
		],
		targets: [
			{
				table: mapped.target,
				columns: comparedColumns(
					mapped.target,
					to,
					origins,
					// Measured when the bytes are copied; the row alone cannot tell it.
					mapped.file === undefined ? [] : ["sha256"],
				),
				key: 0,
			},
		],
		owner: ownerOf(mapped, rules),
		convert(row) {
			const values = [
				row[0] ?? "",
				isOfUser ? uuidOf(row[1] ?? "") : (row[1] ?? ""),
			];
			let unfit = row[1] === nullWire ? mapped.owner.from : undefined;
			for (const [place, form] of forms.entries()) {
				const value = form(row[firstColumn + place] ?? "");
				if (value === undefined) unfit ??= columns[place]?.from;
				values.push(value ?? nullWire);
			}
			return { values, unfit: unfit && `${unfit} does not fit` };
		},
		rangeKey: 0,
		rangeKeyOf: (id) => id,
		isCutById: true,
		ranges: idRanges(Number(rows[0]?.low ?? 0), Number(rows[0]?.high ?? 0)),
		isBorn: (id) => id >= bornFrom || bornBefore.has(id),
	};
}

function ownerOf({ owner }: TableMapping, { mapping }: RowRules): Owner {
	const { of: source, from } = owner;
	const table = mapping.tables.find((one) => one.source === source);
	return {
		source,
		id: table?.id ?? mapping.users.id,
		from,
		thereSql:
			table === undefined
				? "SELECT legacy_id::text AS id FROM cutover.identity_map WHERE legacy_id = ANY($1::bigint[])"
				: `SELECT id::text AS id FROM ${tableSql(table.target)} WHERE id = ANY($1::bigint[])`,
	};
}
