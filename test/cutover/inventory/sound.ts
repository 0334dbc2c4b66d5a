import { sourceTables } from "../../../cutover/src/conversion/mapping.ts";
import { trustedLogin } from "../../../cutover/src/conversion/trustedLogin.ts";
import { expectedOfSource } from "../../../cutover/src/convert/mappingCheck.ts";
import type {
	ColumnFacts,
	Inventory,
	TableFacts,
} from "../../../cutover/src/inventory/facts.ts";

/** A table with a key on id and nothing to worry about. */
export function table(
	name: string,
	columns: readonly ColumnFacts[] = [column("id", "integer", "int4")],
	more: Partial<TableFacts> = {},
): TableFacts {
	return {
		name,
		kind: "table",
		owner: "legacy_app",
		isUnlogged: false,
		parent: null,
		extension: null,
		rows: 10,
		estimatedRows: 10,
		bytes: 8192,
		replicaIdentity: "default",
		hasRowSecurity: false,
		policies: [],
		columns,
		primaryKey: ["id"],
		indexes: [],
		constraints: [],
		triggers: [],
		...more,
	};
}

export function column(
	name: string,
	type: string,
	base: string,
	more: Partial<ColumnFacts> = {},
): ColumnFacts {
	return {
		name,
		type,
		base,
		kind: "base",
		isBuiltIn: true,
		isNullable: true,
		default: null,
		collation: null,
		...more,
	};
}

const bases: Readonly<Record<string, string>> = {
	smallint: "int2",
	"timestamp without time zone": "timestamp",
};

/** Every table of the mapping, each column with the first type that will do. */
const tables = sourceTables(trustedLogin)
	.map((name) =>
		table(
			`public.${name}`,
			[
				...new Map(
					expectedOfSource(trustedLogin)
						.filter((one) => one.table === name && one.types.length > 0)
						.map(({ column: title, types: [type = ""] }) => [
							title,
							column(title, type, bases[type] ?? type),
						]),
				).values(),
				...expectedOfSource(trustedLogin)
					.filter((one) => one.table === name && one.types.length === 0)
					.map((one) => column(one.column, "text", "text")),
			].filter(
				(one, nth, all) =>
					all.findIndex(({ name }) => name === one.name) === nth,
			),
		),
	)
	.toSorted((one, other) => (one.name < other.name ? -1 : 1));

/** A legacy system without a single risk, all of it read. */
export const sound: Inventory = {
	formatVersion: 1,
	takenAt: "2026-08-01T10:00:00.000Z",
	server: {
		version: "15.8",
		versionNumber: 150_008,
		database: "legacy",
		bytes: 1_000_000,
		encoding: "UTF8",
		collation: "en_US.UTF-8",
		characterType: "en_US.UTF-8",
		isCollationStale: false,
		settings: {
			TimeZone: "UTC",
			max_replication_slots: "10",
			max_slot_wal_keep_size: "10240 MB",
			max_wal_senders: "10",
			wal_level: "logical",
		},
		usedReplicationSlots: 0,
		usedWalSenders: 0,
	},
	roles: [
		{
			name: "legacy_app",
			canLogin: true,
			isSuperuser: false,
			canCreateRoles: false,
			canCreateDatabases: false,
			canReplicate: false,
			bypassesRowSecurity: false,
			memberOf: [],
		},
	],
	extensions: [{ name: "plpgsql", version: "1.0", schema: "pg_catalog" }],
	languages: [
		{ name: "c", functions: 0 },
		{ name: "plpgsql", functions: 2 },
	],
	tables,
	views: [],
	sequences: [
		{
			name: "public.legacy_users_id_seq",
			type: "integer",
			ownedBy: "public.legacy_users.id",
			last: "10",
			limit: "2147483647",
			increment: "1",
			highest: "10",
		},
	],
	foreignServers: [],
	publications: [],
	subscriptions: [],
	replicationSlots: [],
	largeObjects: 0,
	conversion: {
		mapping: trustedLogin,
		tables: Object.fromEntries(
			sourceTables(trustedLogin).map((name) => [name, `public.${name}`]),
		),
		keptBack: [],
		hashFormats: [{ format: "bcrypt", isKnown: true, rows: 10, lowestId: 1 }],
		settings: {
			malformed: 0,
			malformedIds: [],
			notObjects: 0,
			notObjectIds: [],
		},
	},
	api: {
		source: "http://localhost:8007/api/docs",
		title: "API",
		version: "1",
		specification: "OpenAPI 3.0.3",
		endpoints: [
			{
				method: "GET",
				path: "/api/v1/workflows",
				summary: "",
				isDeprecated: false,
				needsSignIn: true,
			},
		],
		successors: [
			{
				endpoint: "GET /api/v1/workflows",
				successor: "GET /api/v2/workflows",
			},
		],
	},
	files: {
		folder: "/srv/uploads",
		files: 10,
		bytes: 1000,
		rows: {
			table: "uploaded_files",
			total: 10,
			matching: 10,
			missing: 0,
			missingIds: [],
			differing: 0,
			differingIds: [],
			badPaths: 0,
			badPathIds: [],
		},
		unlisted: 0,
		unlistedSamples: [],
	},
	dependencies: { settings: [], clients: [] },
	unread: [],
};

/** The sound system with one of its tables changed. */
export function withTable(
	name: string,
	change: (table: TableFacts) => Partial<TableFacts>,
): Inventory {
	return {
		...sound,
		tables: sound.tables.map((one) =>
			one.name === name ? { ...one, ...change(one) } : one,
		),
	};
}

/** The sound system with another table, which the conversion does not know. */
export function withOther(more: Partial<TableFacts>): Inventory {
	const other = table("public.other", undefined, more);
	return { ...sound, tables: [...sound.tables, other] };
}
