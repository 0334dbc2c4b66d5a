import { randomUUID } from "node:crypto";
import { codeOf, type Database } from "./database.ts";
import {
	type Account,
	type Accounts,
	defaultPreferences,
	EmailTakenError,
	readPreferences,
	type StoredFile,
} from "./store.ts";

interface ProfileRow {
	readonly username: string | null;
	readonly preferences: unknown;
}

const preferenceNames = {
	theme: "theme",
	notifications: "notifications",
	language: "language",
};

/** Accounts, profiles and files on auth.* and public.*, under row-level security wherever a user asks for its own rows. */
export function currentAccounts(database: Database): Accounts {
	return {
		forSignIn: (email) =>
			database.transaction({ access: "read" }, async (query) => {
				const [user] = await query<Account & { passwordHash: string | null }>(
					`select u.id, u.email, p.username, u.encrypted_password as "passwordHash"
					from auth.users u left join public.profiles p on p.id = u.id
					where u.email = $1 and not u.is_sso_user and u.email_confirmed_at is not null`,
					[email],
				);
				if (!user?.passwordHash) return undefined;
				const { passwordHash, ...account } = user;
				return { account, passwordHash };
			}),
		async noteSignIn(account) {
			await database.transaction({ access: "write" }, (query) =>
				query(
					"update auth.users set last_sign_in_at = now(), updated_at = now() where id = $1",
					[account.id],
				),
			);
		},
		find: (email) =>
			database.transaction(
				{ access: "read" },
				async (query) =>
					(
						await query<Account>(
							`select u.id, u.email, p.username
							from auth.users u left join public.profiles p on p.id = u.id
							where u.email = $1 and not u.is_sso_user`,
							[email],
						)
					)[0],
			),
		async register({ email, username, passwordHash }) {
			const id = randomUUID();
			try {
				await database.transaction({ access: "write" }, async (query) => {
					await query(insertUser, [id, email, passwordHash]);
					await query(insertIdentity, [
						id,
						JSON.stringify({ sub: id, email, email_verified: true }),
					]);
					await query(
						"insert into public.profiles (id, username, preferences, created_at) values ($1, $2, $3, now())",
						[id, username, JSON.stringify(defaultPreferences)],
					);
				});
			} catch (error) {
				if (codeOf(error) === "23505") throw new EmailTakenError(email);
				throw error;
			}
			return { id, email, username };
		},
		profile: (account) =>
			database.transaction({ access: "read", as: account.id }, async (query) =>
				profileOf(
					await query<ProfileRow>(
						"select username, preferences from public.profiles where id = $1",
						[account.id],
					),
				),
			),
		saveProfile: (account, change) =>
			database.transaction({ access: "write", as: account.id }, async (query) =>
				profileOf(
					await query<ProfileRow>(
						`update public.profiles set username = coalesce($2, username), preferences = preferences || $3::jsonb
						where id = $1 returning username, preferences`,
						[
							account.id,
							change.username ?? null,
							JSON.stringify(change.preferences ?? {}),
						],
					),
				),
			),
		addFile: (account, file) =>
			database.transaction(
				{ access: "write", as: account.id },
				async (query) => {
					const [made] = await query<{ id: string }>(
						`insert into public.files (user_id, filename, storage_key, content_type, size_bytes, sha256, created_at)
						values ($1, $2, $3, $4, $5, $6, now()) returning id`,
						[
							account.id,
							file.filename,
							file.key,
							file.contentType,
							file.size,
							file.sha256,
						],
					);
					return Number(made?.id);
				},
			),
		file: (account, id) =>
			database.transaction(
				{ access: "read", as: account.id },
				async (query) =>
					(
						await query<StoredFile>(
							`select id::float8 as id, filename, storage_key as key, content_type as "contentType", size_bytes::float8 as size
							from public.files where id = $1 and user_id = $2`,
							[id, account.id],
						)
					)[0],
			),
		removeFile: (account, id) =>
			database.transaction(
				{ access: "write", as: account.id },
				async (query) =>
					(
						await query<{ key: string }>(
							"delete from public.files where id = $1 and user_id = $2 returning storage_key as key",
							[id, account.id],
						)
					)[0]?.key,
			),
	};
}

// Tokens are empty strings and never NULL, instance_id is the zero UUID: Supabase Auth refuses a sign-in otherwise.
const insertUser = `insert into auth.users (
		instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
		confirmation_token, recovery_token, email_change, email_change_token_new,
		raw_app_meta_data, raw_user_meta_data, created_at, updated_at
	) values (
		'00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2, $3, now(),
		'', '', '', '',
		'{"provider":"email","providers":["email"]}', '{}', now(), now()
	)`;

const insertIdentity = `insert into auth.identities (
		id, provider_id, user_id, identity_data, provider, created_at, updated_at
	) values (gen_random_uuid(), $1::text, $1::uuid, $2, 'email', now(), now())`;

function profileOf(rows: readonly ProfileRow[]) {
	const [row] = rows;
	if (!row) return undefined;
	return {
		username: row.username,
		preferences: readPreferences(row.preferences, preferenceNames),
	};
}
