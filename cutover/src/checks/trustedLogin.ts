/** What a phase looks at where nobody says anything else. */
export interface PhaseDefaults {
	readonly api: string;
	readonly below: number;
	readonly endpoints: readonly DefaultEndpoint[];
	readonly tables: readonly string[];
	readonly columns: Readonly<Record<string, Readonly<Record<string, string>>>>;
	readonly filled: Readonly<Record<string, string>>;
	readonly orphans: Readonly<Record<string, string>>;
	readonly users: string;
	readonly removal: Readonly<
		Record<"user" | "workflow" | "file" | "leftUsers" | "leftFiles", string>
	>;
	readonly https: "auto" | "off";
}

interface DefaultEndpoint {
	readonly method?: "GET" | "POST";
	readonly path: string;
	readonly json?: unknown;
	readonly login?: boolean;
}

const orphansOf = (table: string, owner: string, of: string) =>
	`SELECT '${table} ' || o.id AS what FROM public.${table} o LEFT JOIN ${of} p ON p.id = o.${owner} WHERE p.id IS NULL ORDER BY o.id LIMIT 20`;

/** What is older than ten minutes belongs to no run that is still under way; nobody else's address or file is called so. */
const leftOf = (table: string, marked: string, ending: string, what: string) =>
	`SELECT ${what} AS what FROM ${table} WHERE ${marked} ~ '^cutover-check-[0-9a-f]{8}${ending}$' AND created_at < now() - interval '10 minutes' LIMIT 100`;

const leftUsers = (table: string) =>
	leftOf(table, "email", "@cutover-check[.]invalid", "email");
const leftFiles = (table: string) =>
	leftOf(table, "filename", "[.]bin", "id::text");

const uuidKey = { id: "uuid" };

/** The legacy system. */
export const legacyDefaults: PhaseDefaults = {
	api: "/api/v1",
	below: 500,
	endpoints: [
		{ path: "/health", login: false },
		{
			method: "POST",
			path: "/api/v1/auth/login",
			login: false,
			json: { email: "nobody@cutover-check.invalid", password: "no one's" },
		},
		{ path: "/api/v1/workflows" },
		{ path: "/api/v1/desktop/screenshot" },
	],
	tables: ["legacy_users", "workflows", "workflow_steps"],
	columns: {},
	filled: {},
	orphans: {},
	users: "legacy_users",
	removal: {
		user: "DELETE FROM legacy_users WHERE email = $1",
		workflow: "DELETE FROM workflows WHERE id = $1::bigint",
		file: "DELETE FROM uploaded_files WHERE id = $1::bigint",
		leftUsers: leftUsers("legacy_users"),
		leftFiles: leftFiles("uploaded_files"),
	},
	https: "off",
};

/** The new system. */
export const currentDefaults: PhaseDefaults = {
	api: "/api/v2",
	below: 400,
	endpoints: [
		{ path: "/health", login: false },
		{ path: "/api/v2/workflows" },
		{
			method: "POST",
			path: "/api/v2/desktop/screenshot",
			json: { region: "full" },
		},
		{ path: "/api/v1/workflows" },
	],
	tables: [
		"auth.users",
		"auth.identities",
		"public.profiles",
		"public.workflows",
		"public.workflow_steps",
		"public.files",
	],
	columns: {
		"auth.users": {
			...uuidKey,
			email: "varchar",
			encrypted_password: "varchar",
			email_confirmed_at: "timestamptz",
			created_at: "timestamptz",
			raw_app_meta_data: "jsonb",
		},
		"public.profiles": {
			...uuidKey,
			username: "varchar",
			preferences: "jsonb",
			created_at: "timestamptz",
		},
		"public.workflows": {
			user_id: "uuid",
			name: "varchar",
			created_at: "timestamptz",
		},
		"public.workflow_steps": {
			position: "integer",
			type: "varchar",
			config: "jsonb",
		},
	},
	filled: { users: "auth.users" },
	orphans: {
		"workflows without user": orphansOf("workflows", "user_id", "auth.users"),
		"profiles without user": orphansOf("profiles", "id", "auth.users"),
		"steps without workflow": orphansOf(
			"workflow_steps",
			"workflow_id",
			"public.workflows",
		),
		"files without user": orphansOf("files", "user_id", "auth.users"),
	},
	users: "auth.users",
	removal: {
		user: "DELETE FROM auth.users WHERE email = $1",
		workflow: "DELETE FROM public.workflows WHERE id = $1::bigint",
		file: "DELETE FROM public.files WHERE id = $1::bigint",
		leftUsers: leftUsers("auth.users"),
		leftFiles: leftFiles("public.files"),
	},
	https: "auto",
};
