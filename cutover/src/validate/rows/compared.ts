import { RefusedError } from "../../errors.ts";
import type { TargetColumn } from "./columns.ts";
import type { ComparedColumn, Origin } from "./entity.ts";

/** What is compared of a table: the columns that are written, the key first, then the others that have to be untouched. */
export function comparedColumns(
	table: string,
	there: readonly TargetColumn[],
	origins: Readonly<Record<string, Origin>>,
	leave: readonly string[] = [],
): readonly ComparedColumn[] {
	const names = Object.keys(origins);
	const missing = names.filter(
		(name) =>
			!there.some((column) => column.name === name) && !(name in optional),
	);
	if (missing.length > 0) {
		throw new RefusedError(
			`expected column ${missing.join(", ")} in ${table} of the target, found ${there.map(({ name }) => name).join(", ")}; run: cutover schema apply`,
		);
	}
	const place = (name: string) =>
		names.includes(name) ? names.indexOf(name) : names.length;
	return [...there]
		.sort((a, b) => place(a.name) - place(b.name))
		.flatMap(({ name, type, modifier, untouched }) => {
			const origin =
				origins[name] ??
				(untouched === undefined || leave.includes(name)
					? undefined
					: { always: untouched });
			return origin === undefined ? [] : [{ name, type, modifier, origin }];
		});
}

/** Columns that older versions of Supabase Auth do not have. */
const optional = {
	is_anonymous: true,
	is_sso_user: true,
	deleted_at: true,
	banned_until: true,
};
