import type { Database } from "./database.ts";
import {
	type Account,
	type Accounts,
	EmailTakenError,
	readPreferences,
	type StoredFile,
} from "./store.ts";

interface UserRow {
	readonly id: number;
	readonly username: string | null;
	readonly email: string;
	readonly password_hash: string | null;
	readonly settings: string | null;
}

const settingNames = {
	theme: "ui_theme",
	notifications: "email_notifications",
	language: "lang",
};

// Addresses were never unique here: the account that signed in last answers, then the lowest id.
const userByEmail = `select id, username, email, password_hash, settings
	from legacy_users where lower(btrim(email, E' \\t\\n\\r\\f\\013')) = $1
	order by last_login desc nulls last, id limit 1`;

/** Accounts, profiles and files on the legacy tables. */
export function legacyAccounts(database: Database): Accounts {
	function userOf(email: string): Promise<UserRow | undefined> {
		return database.transaction(
			{ access: "read" },
			async (query) => (await query<UserRow>(userByEmail, [email]))[0],
		);
	}

	return {
		async forSignIn(email) {
			const user = await userOf(email);
			if (!user?.password_hash) return undefined;
			return {
				account: accountOf(user, email),
				passwordHash: user.password_hash,
			};
		},
		async noteSignIn(account) {
			await database.transaction({ access: "write" }, (query) =>
				query("update legacy_users set last_login = now() where id = $1", [
					account.id,
				]),
			);
		},
		async find(email) {
			const user = await userOf(email);
			return user && accountOf(user, email);
		},
		register: ({ email, username, passwordHash }) =>
			database.transaction({ access: "write" }, async (query) => {
				// No unique index protects the address, so two registrations at once have to queue.
				await query("select pg_advisory_xact_lock(hashtext($1))", [email]);
				const [taken] = await query<UserRow>(userByEmail, [email]);
				if (taken) throw new EmailTakenError(email);
				const [made] = await query<{ id: number }>(
					`insert into legacy_users (username, email, password_hash, settings)
					values ($1, $2, $3, '{}') returning id`,
					[username, email, passwordHash],
				);
				return { id: idOf(made), email, username };
			}),
		profile: (account) =>
			database.transaction({ access: "read" }, async (query) => {
				const [user] = await query<UserRow>(
					"select username, settings from legacy_users where id = $1",
					[account.id],
				);
				return user && profileOf(user.username, user.settings);
			}),
		saveProfile: (account, change) =>
			database.transaction({ access: "write" }, async (query) => {
				const [user] = await query<UserRow>(
					"select username, settings from legacy_users where id = $1 for update",
					[account.id],
				);
				if (!user) return undefined;
				const username = change.username ?? user.username;
				const settings = JSON.stringify({
					...parseObject(user.settings),
					...settingsOf(change.preferences ?? {}),
				});
				await query(
					"update legacy_users set username = $2, settings = $3 where id = $1",
					[account.id, username, settings],
				);
				return profileOf(username, settings);
			}),
		addFile: (account, file) =>
			database.transaction({ access: "write" }, async (query) => {
				const [made] = await query<{ id: number }>(
					`insert into uploaded_files (user_id, filename, stored_path, content_type, size_bytes)
					values ($1, $2, $3, $4, $5) returning id`,
					[account.id, file.filename, file.key, file.contentType, file.size],
				);
				return idOf(made);
			}),
		file: (account, id) =>
			database.transaction(
				{ access: "read" },
				async (query) =>
					(
						await query<StoredFile>(
							`select id, filename, stored_path as key, content_type as "contentType", size_bytes::float8 as size
							from uploaded_files where id = $1 and user_id = $2`,
							[id, account.id],
						)
					)[0],
			),
		removeFile: (account, id) =>
			database.transaction(
				{ access: "write" },
				async (query) =>
					(
						await query<{ key: string }>(
							"delete from uploaded_files where id = $1 and user_id = $2 returning stored_path as key",
							[id, account.id],
						)
					)[0]?.key,
			),
	};
}

function accountOf(user: UserRow, email: string): Account {
	return { id: user.id, email, username: user.username };
}

function idOf(row: { readonly id: number } | undefined): number {
	if (!row) throw new Error("expected the id of the new row");
	return row.id;
}

function profileOf(username: string | null, settings: string | null) {
	return {
		username,
		preferences: readPreferences(parseObject(settings), settingNames),
	};
}

function parseObject(text: string | null): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text ?? "");
		return typeof value === "object" && value !== null && !Array.isArray(value)
			? { ...value }
			: {};
	} catch {
		return {};
	}
}

function settingsOf(
	preferences: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(settingNames)
			.filter(([name]) => preferences[name] !== undefined)
			.map(([name, setting]) => [setting, preferences[name]]),
	);
}
