import {
	columnsOf,
	type TableMapping,
	type UserMapping,
} from "../../conversion/mapping.ts";

/** A row's values by column, in PostgreSQL's text form. */
export type Values = Readonly<Record<string, string | null>>;

/** How a target value becomes one of the source again. */
export type Form = "plain" | "time";

/** What to write into one legacy column. */
export interface Assignment {
	readonly column: string;
	readonly form: Form;
	readonly value: string | null;
	/** Only where the row says nothing. Default: false. */
	readonly ifEmpty?: boolean;
}

/** What to change in a user's legacy settings. */
export interface SettingsPatch {
	readonly set: Readonly<Record<string, unknown>>;
	readonly unset: readonly string[];
}

/** What to change in one legacy row. */
export interface RowChange {
	readonly assignments: readonly Assignment[];
	readonly settings?: SettingsPatch;
}

/** A user as on the target, or as the conversion makes one of the legacy row. */
export interface UserValues {
	readonly user: Values;
	readonly profile: Values;
}

/**
 * What differs between a user on the target and what the legacy row converts to, as changes of the legacy row. Only what
 * was changed is written back: lower-cased addresses and dropped settings of everything else stay as they are.
 *
 * @param before what the legacy row converts to now; undefined when there is no legacy row yet: then all is written.
 */
export function userChange(
	users: UserMapping,
	before: UserValues | undefined,
	after: UserValues,
): RowChange {
	const pairs: readonly (readonly [
		string | null,
		Form,
		(values: UserValues) => string | null | undefined,
	])[] = [
		[users.email, "plain", ({ user }) => user.email],
		[users.passwordHash, "plain", ({ user }) => user.encrypted_password],
		[users.lastSignIn, "time", ({ user }) => user.last_sign_in_at],
		[users.createdAt, "time", ({ user }) => user.created_at],
		[users.username, "plain", ({ profile }) => profile.username],
	];
	const assignments: Assignment[] = pairs.flatMap(([column, form, read]) => {
		const value = read(after) ?? null;
		if (column === null) return [];
		if (before !== undefined && (read(before) ?? null) === value) return [];
		return [{ column, form, value }];
	});
	const isWritten = (wanted: string) =>
		assignments.some(({ column }) => column === wanted);
	if (isWritten(users.lastSignIn) && !isWritten(users.createdAt)) {
		// Where nobody knows when a user was created, the last sign-in stands in for it: a new one must not move it.
		const value = after.user.created_at ?? null;
		assignments.push({
			column: users.createdAt,
			form: "time",
			value,
			ifEmpty: true,
		});
	}
	const settings = settingsPatch(users, before?.profile, after.profile);
	return settings === undefined ? { assignments } : { assignments, settings };
}

/** What differs between a row on the target and what the legacy row converts to. Owners are written apart. */
export function tableChange(
	table: TableMapping,
	before: Values | undefined,
	after: Values,
): RowChange {
	return {
		assignments: columnsOf(table)
			.filter(({ to }) => before === undefined || before[to] !== after[to])
			.map(({ to, from, as }) => ({
				column: from,
				form: as === "time" ? "time" : "plain",
				value: after[to] ?? null,
			})),
	};
}

/** Whether there is anything to write. */
export function isEmpty(change: RowChange): boolean {
	return change.assignments.length === 0 && change.settings === undefined;
}

function settingsPatch(
	{ settings, preferences }: UserMapping,
	before: Values | undefined,
	after: Values,
): SettingsPatch | undefined {
	if (settings === null) return undefined;
	const was = parse(before?.preferences);
	const is = parse(after.preferences);
	const set: Record<string, unknown> = {};
	const unset: string[] = [];
	for (const [key, { from }] of Object.entries(preferences)) {
		const isSame = JSON.stringify(was[key]) === JSON.stringify(is[key]);
		if (before !== undefined && isSame) continue;
		if (is[key] === undefined) {
			if (before !== undefined) unset.push(from);
		} else {
			set[from] = is[key];
		}
	}
	const isNothing = Object.keys(set).length === 0 && unset.length === 0;
	return isNothing ? undefined : { set, unset };
}

function parse(text: string | null | undefined): Record<string, unknown> {
	const value: unknown = JSON.parse(text ?? "{}");
	return typeof value === "object" && value !== null && !Array.isArray(value)
		? Object.fromEntries(Object.entries(value))
		: {};
}
