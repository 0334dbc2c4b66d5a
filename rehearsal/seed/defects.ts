import type { LegacyUser } from "./users.ts";

/** A way in which legacy users are not as the target wants them, with what the migration has to do about it. */
export interface Defect {
	readonly name: string;
	/** The users whose id leaves this rest when divided by `period`. */
	readonly slot: number;
	/** Users between two of this kind. */
	readonly period: number;
	readonly fate: "migrated" | "quarantined";
	/** The row is listed as repaired. */
	readonly repaired?: true;
	/** Only holds when the user with the next id exists; alone, the row migrates. */
	readonly needsNext?: true;
	spoil(user: LegacyUser, previous: () => LegacyUser): Partial<LegacyUser>;
}

/** One user in this many has a given defect. */
export const usualPeriod = 500;

/** Users up to this id are as they should be: they hold the accounts with known passwords. */
export const soundUsers = 40;

// One slot after the other: the second of a pair finds the first right before it.
const firstSlot = soundUsers + 10;

const quarantined = (
	name: string,
	spoil: Defect["spoil"],
): Omit<Defect, "slot" | "period"> => ({ name, fate: "quarantined", spoil });

const migrated = (
	name: string,
	spoil: Defect["spoil"],
): Omit<Defect, "slot" | "period"> => ({ name, fate: "migrated", spoil });

const settings = (
	name: string,
	text: string | null,
): Omit<Defect, "slot" | "period"> =>
	migrated(`settings: ${name}`, () => ({ settings: text }));

const invalidEmail = (
	name: string,
	email: string | null,
): Omit<Defect, "slot" | "period"> =>
	quarantined(`invalid e-mail: ${name}`, () => ({ email }));

const unknownHash = (
	name: string,
	passwordHash: string | null,
): Omit<Defect, "slot" | "period"> =>
	quarantined(`unknown hash: ${name}`, () => ({ passwordHash }));

const username = (
	name: string,
	make: (user: LegacyUser) => string,
): Omit<Defect, "slot" | "period"> =>
	migrated(`user name: ${name}`, (user) => ({ username: make(user) }));

const early = "2019-03-01 08:00:00";
const late = "2026-10-30 21:15:00";

const inOrder: readonly Omit<Defect, "slot" | "period">[] = [
	invalidEmail("no at sign", "nobody.example.com"),
	invalidEmail("two at signs", "nobody@@example.com"),
	invalidEmail("a blank inside", "no body@example.com"),
	invalidEmail("a domain without a dot", "nobody@localhost"),
	invalidEmail("nothing but blanks", "   "),
	invalidEmail("missing", null),
	invalidEmail("over-long", `${"a".repeat(170)}@${"b".repeat(80)}.com`),
	unknownHash("md5", "5f4dcc3b5aa765d61d8327deb882cf99"),
	unknownHash("plain text", "letmein"),
	unknownHash("sha512-crypt", `$6$rounds=5000$salt$${"x".repeat(86)}`),
	unknownHash("a bcrypt cut short", "$2b$10$k1NCTZNy8qpDvizYB8HbCe8tQ8jbAN"),
	unknownHash("missing", null),
	quarantined("time without end", () => ({ createdAt: "infinity" })),

	// Three pairs of users with equal addresses; who stays was the last to sign in, then the lower id.
	migrated("equal e-mail: signed in last, lower id", () => ({
		lastLogin: late,
	})),
	quarantined("equal e-mail: signed in earlier", (_, previous) => ({
		email: (previous().email ?? "").toUpperCase(),
		lastLogin: early,
	})),
	{
		...quarantined("equal e-mail: the next one signed in later", () => ({
			lastLogin: early,
		})),
		needsNext: true,
	},
	migrated("equal e-mail: signed in last, higher id", (_, previous) => ({
		email: `\t${previous().email} `,
		lastLogin: late,
	})),
	migrated("equal e-mail: never signed in, lower id", () => ({
		lastLogin: null,
	})),
	quarantined("equal e-mail: never signed in, higher id", (_, previous) => ({
		email: (previous().email ?? "").replace(/^./, (c) => c.toUpperCase()),
		lastLogin: null,
	})),

	migrated("e-mail with blanks and capitals", (user) => ({
		email: `  ${(user.email ?? "").toUpperCase()}\t`,
	})),
	settings("missing", null),
	settings("empty", ""),
	settings("nothing but blanks", "  \n"),
	settings("malformed", '{ui_theme: "dark"'),
	settings("cut short", '{"ui_theme": "dark", "email_notif'),
	settings("a list", '["dark", false, "de"]'),
	settings("a text", '"dark"'),
	settings("a number", "42"),
	settings("null", "null"),
	settings(
		"wrong types",
		'{"ui_theme": 7, "email_notifications": "no", "lang": ["de"]}',
	),
	settings(
		"null values",
		'{"ui_theme": null, "email_notifications": null, "lang": null}',
	),
	settings("a NUL", '{"ui_theme": "da\\u0000rk", "lang": "de"}'),
	settings("a NUL elsewhere", '{"ui_theme": "dark", "note": "\\u0000"}'),
	settings("half of a surrogate pair", '{"ui_theme": "\\ud800", "lang": "fr"}'),
	settings(
		"half of a surrogate pair elsewhere",
		'{"lang": "fr", "note": "\\udc00"}',
	),
	settings("a huge number", '{"ui_theme": "dark", "zoom": 1e1000000}'),
	settings("a key given twice", '{"ui_theme": "dark", "ui_theme": "light"}'),
	{
		...migrated("created_at missing", () => ({ createdAt: null })),
		repaired: true,
	},
	{
		...migrated("created_at and last_login missing", () => ({
			createdAt: null,
			lastLogin: null,
		})),
		repaired: true,
	},
	username("Japanese", (user) => `山田太郎${user.id}`),
	username("Arabic", (user) => `ليلى ${user.id}`),
	username("emoji", (user) => `👩‍🚀 ${user.id}`),
	username("combining marks", (user) => `Zoe\u0308 ${user.id}`),
	username("quotes and backslashes", (user) => `O'Brien "\\" ${user.id}`),
	username("255 characters", (user) => `ß${user.id}`.padEnd(255, "ü")),
];

/** Every defect of the seeded system; the share of each is 1 in `period`. */
export const defects: readonly Defect[] = [
	...inOrder.map((defect, nth) => ({
		...defect,
		slot: firstSlot + nth,
		period: usualPeriod,
	})),
	{
		name: "settings: nesting deeper than a stack",
		slot: firstSlot - 1,
		period: usualPeriod * 10,
		fate: "migrated",
		spoil: () => ({
			settings: `{"ui_theme": "dark", "tree": ${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
		}),
	},
];

const byPeriod = new Map(
	[...new Set(defects.map(({ period }) => period))].map((period) => [
		period,
		new Map(
			defects
				.filter((defect) => defect.period === period)
				.map((defect) => [defect.slot, defect]),
		),
	]),
);

/** The defect of a user, if it has one. */
export function defectOf(id: number): Defect | undefined {
	if (id <= soundUsers) return undefined;
	for (const [period, bySlot] of byPeriod) {
		const defect = bySlot.get(id % period);
		if (defect) return defect;
	}
	return undefined;
}
