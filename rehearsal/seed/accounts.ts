/** An account of the legacy system whose password is known. */
export interface KnownAccount {
	readonly email: string;
	readonly username: string;
	readonly password: string;
	readonly passwordHash: string;
}

/** The account of tests before the migration; always legacy user 1. */
export const testAccount: KnownAccount = {
	email: "test@example.com",
	username: "test",
	password: "testpassword",
	passwordHash: "$2b$10$bmc1feSRulKHvh/Hl9YZnOytCXZv./WyZ4ZtlKg2ZXZdwsOyT8j0C",
};

/** Planted to be signed in to after the migration, one for each way of hashing; legacy users 2 to 4. */
export const canaryAccounts: readonly KnownAccount[] = [
	{
		email: "canary-1@trusted-login.com",
		username: "canary-1",
		password: "canary-1-sings-at-dawn",
		passwordHash:
			"$2a$10$JWJnntB7dGkcBcnkOarPGuGOYBKESUtRcdnUlgUSU6Koz0MRhOuFi",
	},
	{
		email: "canary-2@trusted-login.com",
		username: "canary-2",
		password: "canary-2-sings-at-noon",
		passwordHash:
			"$2y$10$p6r2pdjDcm6DBX9Ho5s5fuRZr7MVYiHgB6Hc7a5d5SH4hiLNgc3V.",
	},
	{
		email: "canary-3@trusted-login.com",
		username: "canary-3",
		password: "canary-3-sings-at-dusk",
		passwordHash:
			"$argon2id$v=19$m=4096,t=3,p=1$ZDA432VEOQVro3Fgsxk/6g$BsJK7oRz1orky8viewWrxaNLWjRdbCz8QoQGmWF28aI",
	},
];

// Hashing takes too long to do it for every account: these few, of cost 10, are shared.
const passwords: readonly Pick<KnownAccount, "password" | "passwordHash">[] = [
	{
		password: "correct-horse-1",
		passwordHash:
			"$2b$10$k1NCTZNy8qpDvizYB8HbCe8tQ8jbANdIfZdZwlnn7XQnAcZ4R8b4y",
	},
	{
		password: "battery-staple-2",
		passwordHash:
			"$2a$10$64StBodS.I9iR58ndqkCLuTvBN0EWdsXqcJcLd3XnuxNvkMYtuwG2",
	},
	{
		password: "wandering-otter-3",
		passwordHash:
			"$2y$10$tp67YG8kqHGYRNOkpYfmT.b7eXISbDNTIxHPdZgxhaosNcjqVUaXe",
	},
	{
		password: "quiet-harbour-4",
		passwordHash:
			"$2b$10$.LHiCV25TpHp0y/rZ1qVeeY4nxp0j.tiroHm37oiW7xbf0S5c22aK",
	},
];

/** Accounts that the load signs in with; legacy users 5 to 24. */
export const memberAccounts: readonly KnownAccount[] = Array.from(
	{ length: 5 },
	(_, group) =>
		passwords.map((known, nth) => {
			const number = group * passwords.length + nth + 1;
			return {
				email: `member-${number}@trusted-login.com`,
				username: `member-${number}`,
				...known,
			};
		}),
).flat();

/** All accounts with a known password, in the order of their legacy ids from 1. */
export const knownAccounts: readonly KnownAccount[] = [
	testAccount,
	...canaryAccounts,
	...memberAccounts,
];
