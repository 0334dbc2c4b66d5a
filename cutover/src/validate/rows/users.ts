import { literal, type Session } from "../../adapters/postgres.ts";
import { readSourceColumns, readTargetColumns } from "./columns.ts";
import { comparedColumns } from "./compared.ts";
import type { Entity, Origin, TargetTable } from "./entity.ts";
import { uuidRanges } from "./ranges.ts";
import type { RowRules } from "./rules.ts";
import { userConversion, userPlace } from "./userConversion.ts";
import { createUserUuids, startsWithOneOf } from "./uuid.ts";
import { nullWire, wireOf } from "./wire.ts";

const always = (text: string): Origin => ({ always: wireOf(text) });

const userColumns: Readonly<Record<string, Origin>> = {
	id: userPlace.uuid,
	instance_id: always("00000000-0000-0000-0000-000000000000"),
	aud: always("authenticated"),
	role: always("authenticated"),
	email: userPlace.email,
	encrypted_password: userPlace.passwordHash,
	email_confirmed_at: userPlace.createdAt,
	confirmation_token: always(""),
	recovery_token: always(""),
	email_change_token_new: always(""),
	email_change: always(""),
	last_sign_in_at: userPlace.lastSignIn,
	raw_app_meta_data: always('{"provider": "email", "providers": ["email"]}'),
	raw_user_meta_data: always("{}"),
	created_at: userPlace.createdAt,
	updated_at: userPlace.updatedAt,
	// These decide over signing in; whatever the table's defaults are, a migrated user has to have them so.
	is_sso_user: always("f"),
	is_anonymous: always("f"),
	banned_until: { always: nullWire },
	deleted_at: { always: nullWire },
};

const identityColumns: Readonly<Record<string, Origin>> = {
	user_id: userPlace.uuid,
	provider_id: userPlace.uuid,
	identity_data: userPlace.identity,
	provider: always("email"),
	last_sign_in_at: userPlace.lastSignIn,
	created_at: userPlace.createdAt,
	updated_at: userPlace.updatedAt,
};

const mapColumns: Readonly<Record<string, Origin>> = {
	user_id: userPlace.uuid,
	legacy_id: userPlace.id,
};

const repairedColumns: Readonly<Record<string, Origin>> = {
	source_id: userPlace.id,
};

/** The users with everything that is made of them. */
export async function userEntity(
	source: Session,
	target: Session,
	rules: RowRules,
	zone: (local: string) => string | undefined,
): Promise<Entity> {
	const { users } = rules.mapping;
	const uuidOf = createUserUuids(rules.namespace, rules.otherUuids);
	const isOurs = startsWithOneOf(rules.otherUuids.values());
	const profileColumns: Readonly<Record<string, Origin>> = {
		id: userPlace.uuid,
		...(users.username !== null && { username: userPlace.username }),
		preferences: userPlace.preferences,
		created_at: userPlace.createdAt,
	};
	const table = async (
		name: string,
		origins: Readonly<Record<string, Origin>>,
		more: Partial<TargetTable> = { isOurs },
	): Promise<TargetTable> => ({
		table: name,
		columns: comparedColumns(
			name,
			await readTargetColumns(target, name),
			origins,
		),
		key: userPlace.uuid,
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
				key: userPlace.id,
				where: `source_table = ${literal(users.source)}`,
				rangeOfRow: (row) => uuidRanges.ofKey(uuidOf(firstField(row))),
				includes: (values) => values[userPlace.repair] !== "",
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
		rangeKey: userPlace.uuid,
		rangeKeyOf: uuidOf,
		isCutById: false,
		ranges: uuidRanges,
		isBorn: () => false,
	};
}

function firstField(row: Buffer): string {
	let end = 0;
	while (end < row.length && (row[end] ?? 0) >= 0x2d) end += 1;
	return row.toString("latin1", 0, end);
}
