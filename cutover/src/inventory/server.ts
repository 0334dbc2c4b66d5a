import type {
	ClientFacts,
	ExtensionFacts,
	ForeignServerFacts,
	LanguageFacts,
	RoleFacts,
	ServerFacts,
	SlotFacts,
} from "./facts.ts";
import type { Reader } from "./reader.ts";

/** The settings that decide how a migration can be done. */
const wantedSettings = [
	"DateStyle",
	"TimeZone",
	"block_size",
	"data_checksums",
	"default_transaction_isolation",
	"idle_in_transaction_session_timeout",
	"max_connections",
	"max_replication_slots",
	"max_slot_wal_keep_size",
	"max_wal_senders",
	"max_worker_processes",
	"password_encryption",
	"server_encoding",
	"ssl",
	"statement_timeout",
	"wal_level",
	"wal_sender_timeout",
];

/** Version, database and settings of the server. */
export async function readServer(reader: Reader): Promise<ServerFacts> {
	const [base] = await reader.rows<
		Pick<
			ServerFacts,
			| "version"
			| "versionNumber"
			| "database"
			| "encoding"
			| "collation"
			| "characterType"
		>
	>(
		"catalog",
		"server",
		`SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS "versionNumber",
			d.datname AS database, pg_encoding_to_char(d.encoding) AS encoding,
			coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale', d.datcollate) AS collation, d.datctype AS "characterType"
		FROM pg_database d WHERE d.datname = current_database()`,
	);
	const [size] = await reader.rows<{ bytes: string }>(
		"catalog",
		"size of the database",
		"SELECT pg_database_size(current_database()) AS bytes",
	);
	// What a new session gets: our own settings do not count.
	const settings = await reader.rows<{ name: string; value: string }>(
		"catalog",
		"server settings",
		`SELECT name, coalesce(CASE WHEN unit IS NOT NULL THEN reset_val || ' ' || unit ELSE reset_val END, '') AS value FROM pg_settings WHERE name = ANY($1) ORDER BY name COLLATE "C"`,
		[wantedSettings],
	);
	const [used] = await reader.rows<{ slots: string; senders: string }>(
		"catalog",
		"replication in use",
		"SELECT (SELECT count(*) FROM pg_replication_slots) AS slots, (SELECT count(*) FROM pg_stat_replication) AS senders",
	);
	return {
		version: base?.version ?? "unknown",
		versionNumber: base?.versionNumber ?? 0,
		database: base?.database ?? "unknown",
		bytes: size === undefined ? null : Number(size.bytes),
		encoding: base?.encoding ?? "unknown",
		collation: base?.collation ?? "unknown",
		characterType: base?.characterType ?? "unknown",
		isCollationStale: await isCollationStale(reader, base?.versionNumber),
		settings: Object.fromEntries(
			settings.map(({ name, value }) => [name, value]),
		),
		usedReplicationSlots: used === undefined ? null : Number(used.slots),
		usedWalSenders: used === undefined ? null : Number(used.senders),
	};
}

/** Servers before 15 do not record which version of the collation library a database was made with. */
async function isCollationStale(
	reader: Reader,
	versionNumber = 0,
): Promise<boolean> {
	if (versionNumber < 150_000) return false;
	const [row] = await reader.rows<{ stale: boolean | null }>(
		"catalog",
		"collation version",
		"SELECT datcollversion <> pg_database_collation_actual_version(oid) AS stale FROM pg_database WHERE datname = current_database()",
	);
	return row?.stale ?? false;
}

/** Every role but PostgreSQL's own groups. */
export async function readRoles(reader: Reader): Promise<readonly RoleFacts[]> {
	return await reader.rows<RoleFacts>(
		"catalog",
		"roles",
		`SELECT r.rolname AS name, r.rolcanlogin AS "canLogin", r.rolsuper AS "isSuperuser", r.rolcreaterole AS "canCreateRoles",
			r.rolcreatedb AS "canCreateDatabases", r.rolreplication AS "canReplicate", r.rolbypassrls AS "bypassesRowSecurity",
			ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY g.rolname COLLATE "C") AS "memberOf"
		FROM pg_roles r WHERE r.rolname NOT LIKE 'pg\\_%' ORDER BY r.rolname COLLATE "C"`,
	);
}

export async function readExtensions(
	reader: Reader,
): Promise<readonly ExtensionFacts[]> {
	return await reader.rows<ExtensionFacts>(
		"catalog",
		"extensions",
		`SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY e.extname COLLATE "C"`,
	);
}

/** Languages with the number of functions that are nobody's but the application's. */
export async function readLanguages(
	reader: Reader,
): Promise<readonly LanguageFacts[]> {
	const rows = await reader.rows<{ name: string; functions: string }>(
		"catalog",
		"languages",
		`SELECT l.lanname AS name, (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
			WHERE p.prolang = l.oid AND n.nspname NOT IN ('pg_catalog', 'information_schema')
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')) AS functions
		FROM pg_language l WHERE l.lanname NOT IN ('internal', 'sql') ORDER BY l.lanname COLLATE "C"`,
	);
	return rows.map(({ name, functions }) => ({
		name,
		functions: Number(functions),
	}));
}

/** Foreign servers with host, port and database; other options may hold secrets and are left alone. */
export async function readForeignServers(
	reader: Reader,
): Promise<readonly ForeignServerFacts[]> {
	return await reader.rows<ForeignServerFacts>(
		"catalog",
		"foreign servers",
		`SELECT s.srvname AS name, w.fdwname AS wrapper,
			coalesce((SELECT string_agg(o.option_name || '=' || o.option_value, ' ' ORDER BY o.option_name COLLATE "C") FROM pg_options_to_table(s.srvoptions) o WHERE o.option_name IN ('host', 'hostaddr', 'port', 'dbname', 'servername')), '') AS address
		FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw ORDER BY s.srvname COLLATE "C"`,
	);
}

/** Replication slots of the server; those of other databases hold its WAL just as well. */
export async function readSlots(reader: Reader): Promise<readonly SlotFacts[]> {
	return await reader.rows<SlotFacts>(
		"catalog",
		"replication slots",
		`SELECT slot_name AS name, concat_ws(' ', slot_type, plugin, 'of ' || database) AS kind, active AS "isActive" FROM pg_replication_slots WHERE NOT temporary ORDER BY slot_name COLLATE "C"`,
	);
}

/** Names of publications, and of this database's subscriptions; their addresses hold passwords and are not read. */
export async function readReplication(reader: Reader): Promise<{
	readonly publications: readonly string[];
	readonly subscriptions: readonly string[];
}> {
	const publications = await reader.rows<{ name: string }>(
		"catalog",
		"publications",
		`SELECT pubname AS name FROM pg_publication ORDER BY pubname COLLATE "C"`,
	);
	const subscriptions = await reader.rows<{ name: string }>(
		"catalog",
		"subscriptions",
		`SELECT subname AS name FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY subname COLLATE "C"`,
	);
	return {
		publications: publications.map(({ name }) => name),
		subscriptions: subscriptions.map(({ name }) => name),
	};
}

export async function countLargeObjects(
	reader: Reader,
): Promise<number | null> {
	const [row] = await reader.rows<{ count: string }>(
		"catalog",
		"large objects",
		"SELECT count(*) FROM pg_largeobject_metadata",
	);
	return row === undefined ? null : Number(row.count);
}

/** Who is connected to the database besides us; what the role may not see of others is left empty. */
export async function readClients(
	reader: Reader,
): Promise<readonly ClientFacts[]> {
	return await reader.rows<ClientFacts>(
		"catalog",
		"connected clients",
		`SELECT DISTINCT coalesce(usename, '') COLLATE "C" AS role, coalesce(application_name, '') COLLATE "C" AS application, coalesce(host(client_addr), '') COLLATE "C" AS address
		FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY 1, 2, 3`,
	);
}
