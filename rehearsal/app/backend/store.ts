/** A user as the API knows it; the id is a number in the legacy system and a UUID in the current one. */
export interface Account {
	readonly id: string | number;
	readonly email: string;
	readonly username: string | null;
}

export interface Preferences {
	readonly theme: string;
	readonly notifications: boolean;
	readonly language: string;
}

export interface Profile {
	readonly username: string | null;
	readonly preferences: Preferences;
}

export interface ProfileChange {
	readonly username?: string | undefined;
	readonly preferences?:
		| { readonly [K in keyof Preferences]?: Preferences[K] | undefined }
		| undefined;
}

/** A file whose bytes are already where `key` says. */
export interface NewFile {
	readonly filename: string;
	readonly key: string;
	readonly contentType: string;
	readonly size: number;
	readonly sha256: string;
}

export interface StoredFile {
	readonly id: number;
	readonly filename: string;
	readonly key: string;
	readonly contentType: string;
	readonly size: number;
}

/** The address belongs to an account already. */
export class EmailTakenError extends Error {
	override readonly name = "EmailTakenError";
}

/** What the two schemas do differently; e-mail addresses come lower-cased and trimmed. */
export interface Accounts {
	/** The account that an address signs in to, with its password hash. */
	forSignIn(
		email: string,
	): Promise<
		{ readonly account: Account; readonly passwordHash: string } | undefined
	>;
	/** Remembers the time of a sign-in. */
	noteSignIn(account: Account): Promise<void>;
	/** The account that a token speaks for. */
	find(email: string): Promise<Account | undefined>;
	/** Throws EmailTakenError. */
	register(user: {
		readonly email: string;
		readonly username: string;
		readonly passwordHash: string;
	}): Promise<Account>;
	profile(account: Account): Promise<Profile | undefined>;
	saveProfile(
		account: Account,
		change: ProfileChange,
	): Promise<Profile | undefined>;
	addFile(account: Account, file: NewFile): Promise<number>;
	file(account: Account, id: number): Promise<StoredFile | undefined>;
	/** Answers where the bytes of the removed row lie, or undefined when there was none. */
	removeFile(account: Account, id: number): Promise<string | undefined>;
}

export const defaultPreferences: Preferences = {
	theme: "light",
	notifications: true,
	language: "en",
};

/** Preferences from whatever was stored under the given names; a wrong type means that key's default. */
export function readPreferences(
	stored: unknown,
	names: Readonly<Record<keyof Preferences, string>>,
): Preferences {
	const values: Record<string, unknown> =
		typeof stored === "object" && stored !== null && !Array.isArray(stored)
			? { ...stored }
			: {};
	const theme = values[names.theme];
	const notifications = values[names.notifications];
	const language = values[names.language];
	return {
		theme: typeof theme === "string" ? theme : defaultPreferences.theme,
		notifications:
			typeof notifications === "boolean"
				? notifications
				: defaultPreferences.notifications,
		language:
			typeof language === "string" ? language : defaultPreferences.language,
	};
}
