import assert from "node:assert/strict";
import type {
	Inventory,
	ServerFacts,
} from "../../../cutover/src/inventory/facts.ts";
import {
	findRisks,
	type Severity,
} from "../../../cutover/src/inventory/risks/index.ts";
import { column, sound, withOther, withTable } from "./sound.ts";

/** What is wrong, and the risks that have to be found, besides those that every unknown table brings. */
interface Case {
	readonly title: string;
	readonly inventory: Inventory;
	readonly expected: readonly (readonly [
		severity: Severity,
		id: string,
		...samples: string[],
	])[];
}

const users = "public.legacy_users";

function server(change: Partial<ServerFacts>): Inventory {
	return { ...sound, server: { ...sound.server, ...change } };
}

function setting(name: string, value: string): Inventory {
	return server({ settings: { ...sound.server.settings, [name]: value } });
}

function kept(reason: string, table = "legacy_users"): Inventory {
	return {
		...sound,
		conversion: {
			...sound.conversion,
			keptBack: [{ table, reason, rows: 3, sampleIds: [4, 7, 9] }],
		},
	};
}

const left = [
	"warning",
	"tables-not-migrated",
	"public.other (10 rows)",
] as const;

const cases: readonly Case[] = [
	{
		title: "a table of the conversion that is missing",
		inventory: {
			...sound,
			conversion: {
				...sound.conversion,
				tables: { ...sound.conversion.tables, workflows: null },
			},
			tables: sound.tables.filter(({ name }) => name !== "public.workflows"),
		},
		expected: [["blocker", "tables-missing", "workflows"]],
	},
	{
		title: "a column of the conversion that is missing",
		inventory: withTable(users, ({ columns }) => ({
			columns: columns.filter(({ name }) => name !== "last_login"),
		})),
		expected: [["blocker", "columns-missing", `${users}.last_login`]],
	},
	{
		title: "nothing in columns and indexes that could not be read",
		inventory: withTable(users, () => ({ columns: [], indexes: [] })),
		expected: [],
	},
	{
		title: "a migrated table whose ids are unique with another column only",
		inventory: withTable(users, () => ({ primaryKey: ["id", "email"] })),
		expected: [["blocker", "ids-not-unique", users]],
	},
	{
		title: "a time with a zone",
		inventory: withTable(users, ({ columns }) => ({
			columns: columns.map((one) =>
				one.name === "created_at"
					? column("created_at", "timestamp with time zone", "timestamptz")
					: one,
			),
		})),
		expected: [
			[
				"blocker",
				"column-types",
				`${users}.created_at: timestamp with time zone (expected timestamp without time zone)`,
			],
		],
	},
	{
		title: "nothing in settings and configurations that are stored as jsonb",
		inventory: {
			...sound,
			tables: sound.tables.map((one) => ({
				...one,
				columns: one.columns.map((each) =>
					["settings", "config"].includes(each.name)
						? column(each.name, "jsonb", "jsonb")
						: each,
				),
			})),
		},
		expected: [],
	},
	{
		title: "nothing in a text or a time with a length",
		inventory: withTable(users, ({ columns }) => ({
			columns: columns.map((one) =>
				one.name === "email"
					? column("email", "character varying(255)", "varchar")
					: one.name === "last_login"
						? column(
								"last_login",
								"timestamp(3) without time zone",
								"timestamp",
							)
						: one,
			),
		})),
		expected: [],
	},
	{
		title: "an array where a text is expected",
		inventory: withTable(users, ({ columns }) => ({
			columns: columns.map((one) =>
				one.name === "email"
					? column("email", "text[]", "text", { kind: "array" })
					: one,
			),
		})),
		expected: [
			[
				"blocker",
				"column-types",
				`${users}.email: text[] (expected text or character varying or character or citext)`,
			],
		],
	},
	{
		title: "a column that the conversion does not know, but not its own mark",
		inventory: withTable(users, ({ columns }) => ({
			columns: [
				...columns,
				column("phone", "text", "text"),
				column("migrated_at", "timestamp without time zone", "timestamp"),
			],
		})),
		expected: [["warning", "columns-not-migrated", `${users}.phone`]],
	},
	{
		title: "a migrated table without a key",
		inventory: withTable("public.workflows", () => ({ primaryKey: null })),
		expected: [
			["blocker", "ids-not-unique", "public.workflows"],
			["warning", "no-primary-key", "public.workflows"],
			["warning", "no-replica-identity", "public.workflows"],
		],
	},
	{
		title: "a migrated table with a unique index for a key",
		inventory: withTable("public.workflows", () => ({
			primaryKey: null,
			replicaIdentity: "index",
			indexes: [
				{
					name: "w",
					definition: "",
					columns: ["id"],
					isUnique: true,
					isPrimary: false,
					isValid: true,
				},
			],
		})),
		expected: [["warning", "no-primary-key", "public.workflows"]],
	},
	{
		title: "a table that the conversion does not know",
		inventory: withOther({}),
		expected: [left],
	},
	{
		title: "a table that could not be counted",
		inventory: withOther({ rows: null }),
		expected: [
			["warning", "tables-not-migrated", "public.other (not counted)"],
		],
	},
	{
		title: "a foreign table, which needs no key",
		inventory: withOther({ kind: "foreign", rows: null, primaryKey: null }),
		expected: [
			["warning", "tables-not-migrated", "public.other (foreign table)"],
		],
	},
	{
		title: "nothing in a table of an extension",
		inventory: withOther({ extension: "postgis", primaryKey: null }),
		expected: [],
	},
	{
		title: "a table without replica identity that has a key",
		inventory: withOther({ replicaIdentity: "nothing" }),
		expected: [left, ["warning", "no-replica-identity", "public.other"]],
	},
	{
		title: "a table without a key whose whole rows identify it",
		inventory: withOther({ primaryKey: null, replicaIdentity: "full" }),
		expected: [left, ["warning", "no-primary-key", "public.other"]],
	},
	{
		title: "an unlogged table",
		inventory: withOther({ isUnlogged: true }),
		expected: [left, ["warning", "unlogged-tables", "public.other"]],
	},
	{
		title: "types that travel badly",
		inventory: withOther({
			columns: [
				column("id", "integer", "int4"),
				column("price", "money", "money"),
				column("doc", "xml", "xml"),
				column("docs", "json[]", "json", { kind: "array" }),
				column("place", "point", "point"),
				column("attrs", "hstore", "hstore", { isBuiltIn: false }),
				column("mood", "mood", "mood", { isBuiltIn: false, kind: "enum" }),
				column("mail", "address", "text", { kind: "domain" }),
				column("span", "int4range", "int4range", { kind: "range" }),
			],
		}),
		expected: [
			left,
			[
				"warning",
				"odd-types",
				"public.other.price: money (its text depends on lc_monetary)",
				"public.other.doc: xml (has no equality; needs a server built with libxml)",
				"public.other.docs: json[] (has no equality, so rows cannot be compared by it)",
				"public.other.place: point (has no equality for indexes)",
				"public.other.attrs: hstore (is made of hstore, which does not come with PostgreSQL)",
				"public.other.mood: mood (is an enumeration of this database)",
			],
		],
	},
	{
		title: "an index left half built",
		inventory: withTable(users, () => ({
			indexes: [
				{
					name: "half",
					definition: "",
					columns: ["email"],
					isUnique: true,
					isPrimary: false,
					isValid: false,
				},
			],
		})),
		expected: [["warning", "invalid-indexes", `half on ${users}`]],
	},
	{
		title: "a constraint that was never validated",
		inventory: withTable(users, () => ({
			constraints: [
				{
					name: "adult",
					kind: "check",
					definition: "CHECK (age > 17) NOT VALID",
					references: null,
					isValidated: false,
				},
			],
		})),
		expected: [["warning", "unvalidated-constraints", `adult on ${users}`]],
	},
	{
		title: "triggers on a migrated table, disabled ones too",
		inventory: withTable(users, () => ({
			triggers: [
				{
					name: "audit",
					function: "public.audit",
					definition: "",
					isEnabled: true,
				},
				{
					name: "old",
					function: "public.old",
					definition: "",
					isEnabled: false,
				},
			],
		})),
		expected: [
			[
				"warning",
				"triggers",
				`audit on ${users} calls public.audit`,
				`old on ${users} calls public.old (disabled)`,
			],
		],
	},
	{
		title: "row-level security on the source",
		inventory: withTable(users, () => ({ hasRowSecurity: true })),
		expected: [["warning", "source-row-security", users]],
	},
	{
		title: "statistics that are far off",
		inventory: withTable(users, () => ({ rows: 5_000, estimatedRows: 10 })),
		expected: [
			[
				"note",
				"stale-statistics",
				`${users}: 5,000 rows counted, 10 estimated`,
			],
		],
	},
	{
		title: "statistics that were never made",
		inventory: withTable(users, () => ({ rows: 5_000, estimatedRows: null })),
		expected: [
			[
				"note",
				"stale-statistics",
				`${users}: 5,000 rows counted, never analysed`,
			],
		],
	},
	{
		title: "nothing in statistics that are nearly right",
		inventory: withTable(users, () => ({ rows: 5_000, estimatedRows: 4_100 })),
		expected: [],
	},
	...(
		[
			["duplicate e-mail", "duplicate-emails"],
			["invalid e-mail", "invalid-emails"],
			["invalid e-mail: missing", "invalid-emails"],
			["unknown password hash format", "unknown-hashes"],
			["value too long: username", "long-values"],
			["time is infinite: last_login", "infinite-times"],
			["owner missing", "orphans"],
			["owner quarantined", "rows-of-quarantined"],
			["malformed config", "malformed-json"],
			["parent missing", "orphans"],
			["stored path leaves the uploads folder", "bad-file-paths"],
			["a reason of a later release", "other-rows-kept-back"],
		] as const
	).map(
		([reason, id]): Case => ({
			title: `rows that are kept back for: ${reason}`,
			inventory: kept(reason),
			expected: [
				["warning", id, `legacy_users, ${reason}: 3 rows, ids 4, 7, 9`],
			],
		}),
	),
	{
		title: "hash formats that nobody can verify",
		inventory: {
			...sound,
			conversion: {
				...sound.conversion,
				hashFormats: [
					{ format: "bcrypt", isKnown: true, rows: 5, lowestId: 1 },
					{ format: "md5-crypt", isKnown: false, rows: 2, lowestId: 3 },
				],
			},
		},
		expected: [
			[
				"note",
				"hash-formats",
				"md5-crypt: 2 users, for example legacy_users 3",
			],
		],
	},
	{
		title: "settings that give defaults, with how many more there are",
		inventory: {
			...sound,
			conversion: {
				...sound.conversion,
				settings: {
					malformed: 12,
					malformedIds: [1, 2],
					notObjects: 1,
					notObjectIds: [3],
				},
			},
		},
		expected: [
			[
				"note",
				"malformed-settings",
				"legacy_users 1",
				"legacy_users 2",
				"and 10 more",
			],
			["note", "settings-not-objects", "legacy_users 3"],
		],
	},
	{
		title: "files that are missing, differ, or belong to nobody",
		inventory: {
			...sound,
			files: {
				folder: "/srv/uploads",
				files: 9,
				bytes: 900,
				rows: {
					table: "uploaded_files",
					total: 10,
					matching: 7,
					missing: 2,
					missingIds: [4, 5],
					differing: 1,
					differingIds: [6],
					badPaths: 0,
					badPathIds: [],
				},
				unlisted: 1,
				unlistedSamples: ["tmp/lost.bin"],
			},
		},
		expected: [
			["warning", "files-missing", "uploaded_files 4", "uploaded_files 5"],
			["warning", "files-differ", "uploaded_files 6"],
			["note", "files-unlisted", "tmp/lost.bin"],
		],
	},
	{
		title: "a server that is too old",
		inventory: server({ version: "12.22", versionNumber: 120_022 }),
		expected: [["blocker", "server-version", "12.22"]],
	},
	{
		title: "a wal_level that is not logical",
		inventory: setting("wal_level", "replica"),
		expected: [["warning", "wal-level", "replica"]],
	},
	{
		title: "no free replication slot",
		inventory: server({ usedReplicationSlots: 10 }),
		expected: [["warning", "no-free-slot", "all 10 in use"]],
	},
	{
		title: "no free WAL sender",
		inventory: server({ usedWalSenders: 10 }),
		expected: [["warning", "no-free-wal-sender", "all 10 in use"]],
	},
	{
		title: "slots that may fill the disk",
		inventory: setting("max_slot_wal_keep_size", "-1 MB"),
		expected: [["warning", "slot-wal-unlimited", "-1"]],
	},
	{
		title: "a slot that nobody reads",
		inventory: {
			...sound,
			replicationSlots: [
				{ name: "gone", kind: "physical", isActive: false },
				{ name: "used", kind: "physical", isActive: true },
			],
		},
		expected: [["warning", "idle-slots", "gone (physical)"]],
	},
	{
		title: "replication that is in place",
		inventory: {
			...sound,
			publications: ["to_warehouse"],
			subscriptions: ["from_crm"],
		},
		expected: [
			[
				"warning",
				"replication-in-place",
				"publication to_warehouse",
				"subscription from_crm",
			],
		],
	},
	{
		title: "another encoding",
		inventory: server({ encoding: "LATIN1" }),
		expected: [["warning", "encoding", "LATIN1"]],
	},
	{
		title: "an encoding that checks nothing",
		inventory: server({ encoding: "SQL_ASCII" }),
		expected: [["blocker", "encoding", "SQL_ASCII"]],
	},
	{
		title: "collations that the target may not have",
		inventory: {
			...withTable(users, ({ columns }) => ({
				columns: columns.map((one) =>
					one.name === "username" ? { ...one, collation: "de-x-icu" } : one,
				),
			})),
			server: { ...sound.server, collation: "de_DE.UTF-8" },
		},
		expected: [
			[
				"note",
				"collation",
				"database: de_DE.UTF-8",
				`${users}.username: de-x-icu`,
			],
		],
	},
	{
		title: "a collation library that changed",
		inventory: server({ isCollationStale: true }),
		expected: [["warning", "collation-version", "en_US.UTF-8"]],
	},
	{
		title: "a time zone that is not UTC",
		inventory: setting("TimeZone", "Europe/Berlin"),
		expected: [["warning", "time-zone", "Europe/Berlin"]],
	},
	{
		title: "a sequence near its end, upwards or downwards",
		inventory: {
			...sound,
			sequences: [
				{
					name: "public.up",
					type: "integer",
					ownedBy: null,
					last: "2000000000",
					limit: "2147483647",
					increment: "1",
					highest: null,
				},
				{
					name: "public.down",
					type: "bigint",
					ownedBy: null,
					last: "-9000000000000000000",
					limit: "-9223372036854775808",
					increment: "-1",
					highest: null,
				},
			],
		},
		expected: [
			[
				"warning",
				"sequences-near-end",
				"public.up: 2000000000 of 2147483647",
				"public.down: -9000000000000000000 of -9223372036854775808",
			],
		],
	},
	{
		title: "a sequence behind its column, also when it was never used",
		inventory: {
			...sound,
			sequences: [
				{
					name: "public.s",
					type: "integer",
					ownedBy: "public.t.id",
					last: null,
					limit: "2147483647",
					increment: "1",
					highest: "41",
				},
			],
		},
		expected: [
			[
				"warning",
				"sequences-behind",
				"public.s: at its start, but public.t.id goes up to 41",
			],
		],
	},
	{
		title: "superusers that can sign in",
		inventory: {
			...sound,
			roles: sound.roles.map((role) => ({ ...role, isSuperuser: true })),
		},
		expected: [["note", "superusers", "legacy_app"]],
	},
	{
		title: "extensions and languages that RDS does not offer",
		inventory: {
			...sound,
			extensions: [
				{ name: "citext", version: "1.6", schema: "public" },
				{ name: "timescaledb", version: "2.14", schema: "public" },
			],
			languages: [
				{ name: "c", functions: 1 },
				{ name: "plpython3u", functions: 2 },
				{ name: "plperlu", functions: 0 },
			],
		},
		expected: [
			["warning", "extensions-not-on-rds", "timescaledb 2.14"],
			[
				"warning",
				"languages-not-on-rds",
				"c: 1 function",
				"plpython3u: 2 functions",
			],
		],
	},
	{
		title: "large objects",
		inventory: { ...sound, largeObjects: 3 },
		expected: [["warning", "large-objects", "3 objects"]],
	},
	{
		title: "foreign servers",
		inventory: {
			...sound,
			foreignServers: [
				{ name: "crm", wrapper: "postgres_fdw", address: "host=crm" },
			],
		},
		expected: [["warning", "foreign-servers", "crm (postgres_fdw) host=crm"]],
	},
	{
		title: "parts on the application's own machine, but not its database",
		inventory: {
			...sound,
			dependencies: {
				clients: [],
				settings: [
					{
						setting: "DATABASE_URL",
						kind: "database",
						address: "postgresql://localhost",
					},
					{
						setting: "DESKTOP_URL",
						kind: "service",
						address: "http://10.0.0.7:9000",
					},
					{
						setting: "REDIS_URL",
						kind: "cache",
						address: "redis://localhost:6379",
					},
				],
			},
		},
		expected: [
			[
				"warning",
				"local-dependencies",
				"REDIS_URL: cache at redis://localhost:6379",
			],
		],
	},
];

describe("the risks of an inventory", () => {
	it("are none in a sound system", () => {
		assert.deepEqual(findRisks(sound), []);
	});

	for (const { title, inventory, expected } of cases) {
		it(`show ${title}`, () => {
			const found = findRisks(inventory).map(({ severity, id, samples }) => [
				severity,
				id,
				...samples,
			]);
			assert.deepEqual(found, expected);
		});
	}

	it("say what to do about each", () => {
		for (const risk of cases.flatMap((one) => findRisks(one.inventory))) {
			assert.ok(risk.todo.length > 20, risk.id);
			assert.ok(!/[.]$/.test(risk.todo), `${risk.id}: ends with a full stop`);
		}
	});

	it("put blockers first, however late they are found", () => {
		const inventory: Inventory = {
			...withOther({}),
			server: { ...sound.server, encoding: "SQL_ASCII" },
		};
		assert.deepEqual(
			findRisks(inventory).map(({ id }) => id),
			["encoding", "tables-not-migrated"],
		);
	});

	it("list twenty names and count the rest", () => {
		const many = Array.from({ length: 25 }, (_, nth) => ({
			name: `slot${nth}`,
			kind: "physical",
			isActive: false,
		}));
		const [risk] = findRisks({ ...sound, replicationSlots: many });
		assert.equal(risk?.samples.length, 21);
		assert.equal(risk?.samples.at(-1), "and 5 more");
		assert.match(risk?.what ?? "", /^25 replication slots/);
	});
});
