import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { silentTalk } from "../../cutover/src/console.ts";
import { convert } from "../../cutover/src/convert/run.ts";
import {
	type LoadSettings,
	loadSchema,
} from "../../cutover/src/convert/settings.ts";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import {
	startPostgres,
	type TestServer,
	type TestServerOptions,
} from "./postgres.ts";

/** Hashes of `testpassword`, in both formats that move. */
export const bcryptHash =
	"$2b$04$abcdefghijklmnopqrstuuWJOXBoVDWNGHnsFKvWaKEWBbvGBLFBS";
export const argon2Hash =
	"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaA";

/** A legacy database and an empty target with its schema, both of one test. */
export interface Pair {
	readonly source: string;
	readonly target: string;
	readonly sourceName: string;
	readonly targetName: string;
	/** Folder of this test for uploads and reports. */
	readonly folder: string;
}

/** A server with the roles of a migration: legacy_app, cutover on the source, master on the target. */
export async function startMigrationServer(
	settings: Readonly<Record<string, string>> = {},
	place: Omit<TestServerOptions, "settings"> = {},
): Promise<TestServer> {
	const server = await startPostgres({ settings, ...place });
	await server.query(
		"postgres",
		`CREATE ROLE legacy_app LOGIN PASSWORD 'legacy';
		CREATE ROLE cutover LOGIN CREATEROLE PASSWORD 'cutover';
		GRANT pg_read_all_data, pg_signal_backend TO cutover;
		CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'master'`,
	);
	return server;
}

const legacyTables = `
	SET ROLE legacy_app;
	CREATE TABLE legacy_users (id serial PRIMARY KEY, username varchar(300), email varchar(400), password_hash varchar(400),
		created_at timestamp DEFAULT now(), last_login timestamp, settings text, migrated_at timestamp);
	CREATE TABLE workflows (id serial PRIMARY KEY, user_id integer, name varchar(300), description text,
		is_active boolean DEFAULT true, created_at timestamp DEFAULT now(), updated_at timestamp);
	CREATE TABLE workflow_steps (id serial PRIMARY KEY, workflow_id integer, position integer, type varchar(80), config text);
	CREATE TABLE uploaded_files (id serial PRIMARY KEY, user_id integer, filename varchar(255), stored_path varchar(1024),
		content_type varchar(255), size_bytes bigint, created_at timestamp DEFAULT now())`;

let made = 0;

/** Makes a fresh pair; the target has its schema unless told otherwise. */
export async function createPair(
	server: TestServer,
	options: {
		readonly seed?: string;
		/** Whether the legacy tables are made. Default: true. */
		readonly tables?: boolean;
		/** SQL run as the superuser in the target before it gets its schema. */
		readonly before?: string;
	} = {},
): Promise<Pair> {
	made += 1;
	const [sourceName, targetName] = [`legacy_${made}`, `target_${made}`];
	await server.query(
		"postgres",
		`CREATE DATABASE ${sourceName} OWNER legacy_app`,
	);
	await server.query("postgres", `CREATE DATABASE ${targetName} OWNER master`);
	if (options.tables !== false) {
		await server.query(sourceName, `${legacyTables}; ${options.seed ?? ""}`);
	}
	if (options.before !== undefined) {
		await server.query(targetName, options.before);
	}
	const pair = {
		source: server.url(sourceName, "cutover", "cutover"),
		target: server.url(targetName, "master", "master"),
		sourceName,
		targetName,
		folder: await mkdtemp(join(tmpdir(), "cutover-test-")),
	};
	await applySchema({ target: pair.target }, noSecrets, silentTalk);
	return pair;
}

/** Removes what a pair left on disk; its databases go with the server. */
export async function dropPair(pair: Pair): Promise<void> {
	await rm(pair.folder, { recursive: true, force: true });
}

/** Converts, as the command line would with these options. */
export async function runConvert(
	pair: Pair,
	options: Partial<LoadSettings> = {},
) {
	const settings = { ...loadSchema.parse(pair), ...options };
	return await convert(settings, silentTalk, new AbortController().signal);
}

/** A run of the command line under way. */
export interface RunningVerb {
	readonly ended: Promise<{
		/** Null when a signal ended it. */
		readonly exitCode: number | null;
		/** What it said to people. */
		readonly said: string;
		/** Its JSON result, or nothing when it had none. */
		readonly result: {
			readonly outcome?: string;
			readonly next?: string;
			readonly pass?: { readonly rangesLeft: number };
		};
		readonly seconds: number;
	}>;
	isRunning(): boolean;
	/** What it has said so far. */
	said(): string;
	kill(signal?: NodeJS.Signals): void;
	/** Lets go of what it says, as a terminal that goes away does. */
	hangUp(): void;
}

/** Starts the command line as a process of its own, between the two databases of a pair. */
export function startVerb(
	pair: Pick<Pair, "source" | "target" | "folder">,
	...argv: readonly string[]
): RunningVerb {
	const startedAt = performance.now();
	const child = spawn(
		process.execPath,
		["cutover/bin/cutover.mjs", ...argv, "--json"],
		{
			env: {
				...process.env,
				SOURCE_DATABASE_URL: pair.source,
				TARGET_DATABASE_URL: pair.target,
				CUTOVER_REPORT_DIR: join(pair.folder, "reports"),
			},
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	let [stdout, stderr] = ["", ""];
	child.stdout.on("data", (text: Buffer) => {
		stdout += text;
	});
	child.stderr.on("data", (text: Buffer) => {
		stderr += text;
	});
	return {
		ended: new Promise((resolve, reject) => {
			child.once("error", reject);
			child.once("close", (exitCode) =>
				resolve({
					exitCode,
					said: stderr,
					result: stdout.startsWith("{") ? JSON.parse(stdout) : {},
					seconds: (performance.now() - startedAt) / 1000,
				}),
			);
		}),
		isRunning: () => child.exitCode === null && child.signalCode === null,
		said: () => stderr,
		kill: (signal = "SIGKILL") => {
			child.kill(signal);
		},
		hangUp() {
			child.stdout.destroy();
			child.stderr.destroy();
		},
	};
}

/** SQL for the target: everything is proven and the fence is up, but the last word of a cutover hangs. */
export const hangLastWord = `CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF new.event = 'live' THEN PERFORM pg_sleep(60); END IF; RETURN new; END $$;
	CREATE TRIGGER hang BEFORE INSERT ON cutover.journal FOR EACH ROW EXECUTE FUNCTION hang()`;

/** Looks every few milliseconds, for a minute at most. */
export async function until(
	what: string,
	look: () => Promise<boolean> | boolean,
): Promise<void> {
	const deadline = performance.now() + 60_000;
	while (!(await look())) {
		if (performance.now() > deadline)
			throw new Error(`${what} did not happen within a minute`);
		await sleep(20);
	}
}

/** A talk, what was said to it, and a wait for somebody to say something. */
export function listener() {
	const said: string[] = [];
	const say = (line: string) => void said.push(line);
	const hears = (wanted: RegExp) =>
		until(`somebody says ${wanted}`, () =>
			said.some((line) => wanted.test(line)),
		);
	return { said, hears, talk: { ...silentTalk, say } };
}

/** SQL that makes `count` sound users named user1, user2, ... with two workflows of two steps each. */
export function soundUsers(count: number): string {
	return `
		INSERT INTO legacy_users (username, email, password_hash, created_at, last_login, settings)
			SELECT 'user' || i, 'user' || i || '@example.com', '${bcryptHash}', timestamp '2020-01-01' + i * interval '1 hour',
				timestamp '2024-01-01' + i * interval '1 hour', '{"ui_theme": "dark", "lang": "de"}' FROM generate_series(1, ${count}) i;
		INSERT INTO workflows (user_id, name) SELECT 1 + (i - 1) / 2, 'workflow ' || i FROM generate_series(1, ${count * 2}) i;
		INSERT INTO workflow_steps (workflow_id, position, type, config)
			SELECT 1 + (i - 1) / 2, i % 2, 'wait', '{"seconds": ' || i || '}' FROM generate_series(1, ${count * 4}) i;`;
}

/** Everything that the migration put on the target, in one comparable text per table. */
export async function contentOf(
	server: TestServer,
	pair: Pick<Pair, "targetName">,
): Promise<Record<string, string>> {
	const content: Record<string, string> = {};
	const queries = {
		users: "SELECT to_jsonb(u) AS row FROM auth.users u ORDER BY id",
		identities:
			"SELECT to_jsonb(i) - 'id' AS row FROM auth.identities i ORDER BY provider_id",
		profiles: "SELECT to_jsonb(p) AS row FROM public.profiles p ORDER BY id",
		workflows: "SELECT to_jsonb(w) AS row FROM public.workflows w ORDER BY id",
		steps: "SELECT to_jsonb(s) AS row FROM public.workflow_steps s ORDER BY id",
		files: "SELECT to_jsonb(f) AS row FROM public.files f ORDER BY id",
		map: "SELECT to_jsonb(m) AS row FROM cutover.identity_map m ORDER BY legacy_id",
		quarantine:
			"SELECT to_jsonb(q) - 'quarantined_at' AS row FROM cutover.quarantine q ORDER BY source_table, source_id",
		repaired:
			"SELECT to_jsonb(r) AS row FROM cutover.repaired r ORDER BY source_id",
	};
	for (const [name, sql] of Object.entries(queries)) {
		const rows = await server.query<{ row: unknown }>(pair.targetName, sql);
		content[name] = rows.map(({ row }) => JSON.stringify(row)).join("\n");
	}
	return content;
}

export const noSecrets = {
	read: async () => undefined,
	write: async () => {
		throw new Error("no secret is expected to be written");
	},
};
