import { literal, type Session } from "../../adapters/postgres.ts";
import { RefusedError } from "../../errors.ts";
import {
	readSourceColumns,
	readTargetColumns,
	type TargetColumn,
} from "./columns.ts";
import { expectedEmail } from "./email.ts";
import type { ComparedColumn, Entity, Origin, TargetTable } from "./entity.ts";
import { createForm, type Form } from "./forms.ts";
import { quote } from "./json.ts";
import { createPreferences } from "./preferences.ts";
import { uuidRanges } from "./ranges.ts";
import type { RowRules } from "./rules.ts";
import { createUserUuids, startsWithOurUuid } from "./uuid.ts";
import { nullWire, textOf, type Wire, wireOf } from "./wire.ts";

/** Places among the converted values of a user. */
const at = {
	id: 0,
	uuid: 1,
	email: 2,
	passwordHash: 3,
	createdAt: 4,
	lastSignIn: 5,
	updatedAt: 6,
	identity: 7,
	username: 8,
	preferences: 9,
	repair: 10,
} as const;

/** Place of a user's address among the converted values. */
export const emailPlace: number = at.email;

const always = (text: string): Origin => ({ always: wireOf(text) });

const userColumns: Readonly<Record<string, Origin>> = {
	id: at.uuid,
	instance_id: always("00000000-0000-0000-0000-000000000000"),
	aud: always("authenticated"),
	role: always("authenticated"),
	email: at.email,
	encrypted_password: at.passwordHash,
	email_confirmed_at: at.createdAt,
	confirmation_token: always(""),
	recovery_token: always(""),
	email_change_token_new: always(""),
	email_change: always(""),
	last_sign_in_at: at.lastSignIn,
	raw_app_meta_data: always('{"provider": "email", "providers": ["email"]}'),
	raw_user_meta_data: always("{}"),
	created_at: at.createdAt,
	updated_at: at.updatedAt,
	// These decide over signing in; whatever the table's defaults are, a migrated user has to have them so.
	is_sso_user: always("f"),
	is_anonymous: always("f"),
	banned_until: { always: nullWire },
	deleted_at: { always: nullWire },
};

const identityColumns: Readonly<Record<string, Origin>> = {
	user_id: at.uuid,
	provider_id: at.uuid,
	identity_data: at.identity,
	provider: always("email"),
	last_sign_in_at: at.lastSignIn,
	created_at: at.createdAt,
	updated_at: at.updatedAt,
};

const mapColumns: Readonly<Record<string, Origin>> = {
	user_id: at.uuid,
	legacy_id: at.id,
};

const repairedColumns: Readonly<Record<string, Origin>> = {
	source_id: at.id,
};

/** The users with everything that is made of them. */
export async function userEntity(
	source: Session,
	target: Session,
	rules: RowRules,
	zone: (local: string) => string | undefined,
): Promise<Entity> {
	const { users } = rules.mapping;
	const uuidOf = createUserUuids(rules.namespace);
	const profileColumns: Readonly<Record<string, Origin>> = {
		id: at.uuid,
		...(users.username !== null && { username: at.username }),
		preferences: at.preferences,
		created_at: at.createdAt,
	};
	const table = async (
		name: string,
		origins: Readonly<Record<string, Origin>>,
		more: Partial<TargetTable> = { isOurs: startsWithOurUuid },
	): Promise<TargetTable> => ({
		table: name,
		columns: comparedColumns(
			name,
			await readTargetColumns(target, name),
			origins,
		),
		key: at.uuid,
		...more,
	});
	const columns = [
		users.id,
		users.email,
		users.passwordHash,
		users.createdAt,
		users.lastSignIn,
		...[users.username, users.settings].filter((one) => one !== null),
	];
	return {
		label: "users",
		source: users.source,
		columns,
		targets: [
			await table("auth.users", userColumns),
			await table("auth.identities", identityColumns),
			await table("public.profiles", profileColumns),
			await table("cutover.identity_map", mapColumns, {
				otherKey: "legacy_id",
			}),
			await table("cutover.repaired", repairedColumns, {
				key: at.id,
				where: `source_table = ${literal(users.source)}`,
				rangeOfRow: (row) => uuidRanges.ofKey(uuidOf(firstField(row))),
				includes: (values) => values[at.repair] !== "",
				isSmall: true,
				extraText: "listed, but nothing of the user was repaired",
			}),
		],
		convert: userConversion(
			await readSourceColumns(source, users.source),
			rules,
			zone,
			uuidOf,
		),
		rangeKey: at.uuid,
		rangeKeyOf: uuidOf,
		isCutById: false,
		ranges: uuidRanges,
		isBorn: () => false,
	};
}

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

function userConversion(
	source: ReadonlyMap<string, { name: string; type: string; modifier: number }>,
	rules: RowRules,
	zone: (local: string) => string | undefined,
	uuidOf: (id: Wire) => Wire,
): Entity["convert"] {
	const { users } = rules.mapping;
	const form = (from: string, as: string, type: string): Form => {
		const column = source.get(from);
		if (column === undefined) {
			throw new RefusedError(
				`expected column ${from} in ${users.source}, found ${[...source.keys()].join(", ")}; check the mapping`,
			);
		}
		return createForm(as, column, { name: from, type, modifier: -1 }, zone);
	};
	form(users.id, "bigint", "int8");
	const email = form(users.email, "varchar(255)", "varchar");
	const hash = form(users.passwordHash, "varchar(255)", "varchar");
	const created = form(users.createdAt, "time", "timestamptz");
	const signedIn = form(users.lastSignIn, "time", "timestamptz");
	const username =
		users.username === null
			? undefined
			: form(users.username, "varchar(255)", "varchar");
	const settingsPlace = username === undefined ? 5 : 6;
	const preferences = createPreferences(users.preferences);
	return (row) => {
		const id = row[0] ?? "";
		const given = {
			email: email(row[1] ?? ""),
			hash: hash(row[2] ?? ""),
			created: created(row[3] ?? ""),
			signedIn: signedIn(row[4] ?? ""),
			name: username === undefined ? nullWire : username(row[5] ?? ""),
		};
		const uuid = uuidOf(id);
		const address = expectedEmail(given.email ?? "");
		const lastSignIn = given.signedIn ?? nullWire;
		const isRepaired = given.created === nullWire;
		const createdAt = !isRepaired
			? (given.created ?? nullWire)
			: lastSignIn === nullWire
				? rules.startedAt
				: lastSignIn;
		const unfit = isFit(given) ? undefined : unfitColumn(given, users);
		return {
			values: [
				id,
				uuid,
				address,
				given.hash ?? nullWire,
				createdAt,
				lastSignIn,
				lastSignIn === nullWire ? createdAt : lastSignIn,
				identityData(uuid, address),
				given.name ?? nullWire,
				preferences(
					users.settings === null ? nullWire : (row[settingsPlace] ?? nullWire),
				),
				isRepaired ? "repaired" : "",
			],
			unfit: unfit && `${unfit} does not fit`,
		};
	};
}

interface Given {
	readonly email: Wire | undefined;
	readonly hash: Wire | undefined;
	readonly created: Wire | undefined;
	readonly signedIn: Wire | undefined;
	readonly name: Wire | undefined;
}

function isFit({ email, hash, created, signedIn, name }: Given): boolean {
	return (
		email !== undefined &&
		email !== nullWire &&
		hash !== undefined &&
		hash !== nullWire &&
		created !== undefined &&
		signedIn !== undefined &&
		name !== undefined
	);
}

/** The column that keeps a user from being on the target. */
function unfitColumn(
	given: Given,
	users: RowRules["mapping"]["users"],
): string {
	if (given.email === undefined || given.email === nullWire) return users.email;
	if (given.hash === undefined || given.hash === nullWire) {
		return users.passwordHash;
	}
	if (given.created === undefined) return users.createdAt;
	if (given.signedIn === undefined) return users.lastSignIn;
	return users.username ?? "";
}

function identityData(uuid: Wire, address: Wire): Wire {
	// Addresses that need no escaping, nearly all, go in as they are.
	const email = /["\\]/.test(address)
		? wireOf(quote(textOf(address)))
		: `"${address}"`;
	return `{"sub": "${uuid}", "email": ${email}, "email_verified": true}`;
}

function firstField(row: Buffer): string {
	let end = 0;
	while (end < row.length && (row[end] ?? 0) >= 0x2d) end += 1;
	return row.toString("latin1", 0, end);
}
