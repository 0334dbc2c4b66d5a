import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applySchema } from "../../cutover/src/schema/apply.ts";
import { beginText } from "../../rehearsal/app/backend/database.ts";
import { withClient } from "../../rehearsal/engine/client.ts";
import { bundleBackend } from "../../rehearsal/images/bundle.ts";
import { canaryAccounts, testAccount } from "../../rehearsal/seed/accounts.ts";
import { behavesAsTheApp, call, formOf, tokenOf } from "./app/behaviour.ts";
import { startObjectStore } from "./app/objectStore.ts";
import { type RunningServer, runServer } from "./app/processes.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

const database = "trusted_login";
const release = "2.0.0";

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe("the current version of the application", function () {
	this.timeout(60_000);
	let server: TestServer;
	let folder: string;
	let databaseUrl = "";
	let apiUrl: string;
	let backend: RunningServer | undefined;

	const canary = canaryAccounts[0] ?? testAccount;
	const environment = (): Record<string, string> => ({
		RELEASE: release,
		DATABASE_URL: databaseUrl,
		JWT_SECRET: "0123456789abcdef0123456789abcdef",
		UPLOADS: join(folder, "uploads"),
		UPLOAD_LIMIT_BYTES: "400000",
		API_DEPRECATION_DATE: "2026-12-01",
		API_SUNSET_DATE: "2027-06-01",
	});

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "trusted-login-app-"));
		server = await startPostgres();
		const target = await server.createDatabase(database);
		await applySchema(
			{ target, appRole: "trusted_login_app", appSecretId: "app" },
			{
				read: async () => undefined,
				write: async (_, url) => {
					databaseUrl = url;
				},
			},
			{ say() {}, progress() {}, endProgress() {} },
		);
		for (const { email, username, passwordHash } of [testAccount, canary]) {
			const id = randomUUID();
			await server.query(
				database,
				"insert into auth.users (id, email, encrypted_password, email_confirmed_at) values ($1, $2, $3, now())",
				[id, email, passwordHash],
			);
			await server.query(
				database,
				"insert into public.profiles (id, username) values ($1, $2)",
				[id, username],
			);
		}
		await bundleBackend(join(folder, "backend"));
		backend = await runServer(join(folder, "backend"), environment());
		apiUrl = backend.apiUrl;
	});
	after(async () => {
		if (backend) assert.deepEqual(await backend.stop(), [0, null]);
		await server?.stop();
		await rm(folder, { recursive: true, force: true });
	});

	const endSessions = () =>
		server.query(
			database,
			"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'trusted_login_app'",
		);

	behavesAsTheApp(() => ({
		apiUrl,
		release,
		accounts: [testAccount, canary],
		fence: async () => {
			await server.query(
				database,
				"alter role trusted_login_app set default_transaction_read_only = on",
			);
			await endSessions();
		},
		lift: async () => {
			await server.query(
				database,
				"alter role trusted_login_app reset default_transaction_read_only",
			);
			await endSessions();
		},
		startAnother: () => runServer(join(folder, "backend"), environment()),
	}));

	it("announces the end of the first API version on every answer, and of no other", async () => {
		const token = await tokenOf(apiUrl, testAccount);
		const asked: readonly (readonly [string, string, number, RequestInit?])[] =
			[
				["GET", "/api/v1/workflows", 200, { headers: bearer(token) }],
				["HEAD", "/api/v1/workflows", 200, { headers: bearer(token) }],
				["GET", "/api/v1/workflows", 401],
				["GET", "/api/v1/workflows/999999", 404, { headers: bearer(token) }],
				["GET", "/api/v1/nowhere", 404],
				["GET", "/api/v1", 404],
				["POST", "/api/v1/auth/login", 400, { body: "no JSON" }],
				["OPTIONS", "/api/v1/workflows", 204],
				[
					"OPTIONS",
					"/api/v1/workflows",
					204,
					{
						headers: {
							Origin: "https://somewhere.example",
							"Access-Control-Request-Method": "GET",
						},
					},
				],
			];
		for (const [method, path, status, init] of asked) {
			const answer = await fetch(apiUrl + path, { ...init, method });
			await answer.arrayBuffer();
			const { headers } = answer;
			const what = `${method} ${path}`;
			assert.equal(answer.status, status, what);
			assert.equal(headers.get("deprecation"), "@1796083200", what);
			assert.equal(
				headers.get("sunset"),
				"Tue, 01 Jun 2027 00:00:00 GMT",
				what,
			);
			assert.equal(
				headers.get("link"),
				'</api/v2>; rel="successor-version"',
				what,
			);
		}
		for (const path of ["/api/v2/workflows", "/api/v10/workflows", "/health"]) {
			const answer = await fetch(apiUrl + path, { headers: bearer(token) });
			await answer.arrayBuffer();
			for (const name of ["deprecation", "sunset", "link"])
				assert.equal(answer.headers.get(name), null, `${name} of ${path}`);
		}
	});

	it("makes a registered user whole: constants, identity and profile", async () => {
		const email = "whole@example.com";
		const { body } = await call(apiUrl, "POST", "/api/v2/auth/register", {
			body: { email, password: "long enough", username: "Whole" },
		});
		const [row] = await server.query(
			database,
			`select u.instance_id, u.aud, u.role, u.confirmation_token, u.recovery_token, u.email_change,
			u.email_change_token_new, u.email_confirmed_at = u.created_at as confirmed, u.raw_app_meta_data,
			u.raw_user_meta_data, i.provider_id, i.provider, i.identity_data, p.username
			from auth.users u join auth.identities i on i.user_id = u.id join public.profiles p on p.id = u.id
			where u.email = $1`,
			[email],
		);
		assert.deepEqual(row, {
			instance_id: "00000000-0000-0000-0000-000000000000",
			aud: "authenticated",
			role: "authenticated",
			confirmation_token: "",
			recovery_token: "",
			email_change: "",
			email_change_token_new: "",
			confirmed: true,
			raw_app_meta_data: { provider: "email", providers: ["email"] },
			raw_user_meta_data: {},
			provider_id: body.user.id,
			provider: "email",
			identity_data: { sub: body.user.id, email, email_verified: true },
			username: "Whole",
		});
	});

	it("remembers the time of a sign-in", async () => {
		await tokenOf(apiUrl, canary);
		const [row] = await server.query<{ recent: boolean }>(
			database,
			"select last_sign_in_at > now() - interval '1 minute' as recent from auth.users where email = $1",
			[canary.email],
		);
		assert.equal(row?.recent, true);
	});

	it("does not sign in a user whose address is not confirmed", async () => {
		const { email, password } = canary;
		const set = (value: string) =>
			server.query(
				database,
				`update auth.users set email_confirmed_at = ${value} where email = $1`,
				[email],
			);
		await set("null");
		const answer = await call(apiUrl, "POST", "/api/v2/auth/login", {
			body: { email, password },
		});
		await set("created_at");
		assert.equal(answer.status, 401);
	});

	it("acts as its caller in the database, so that row-level security hides the rows of others", async () => {
		const token = await tokenOf(apiUrl, testAccount);
		await call(apiUrl, "POST", "/api/v2/workflows", {
			token,
			body: { name: "Mine" },
		});
		await withClient(databaseUrl, async (client) => {
			await client.query(beginText({ access: "read", as: randomUUID() }, true));
			const { rows } = await client.query("select from public.workflows");
			assert.equal(rows.length, 0);
			await client.query("rollback");
			const all = await client.query("select from public.workflows");
			assert.ok(all.rows.length > 0);
		});
	});

	it("refuses an upload above its limit and keeps nothing of it", async () => {
		const token = await tokenOf(apiUrl, testAccount);
		const answer = await call(apiUrl, "POST", "/api/v2/files/upload", {
			token,
			body: formOf(new Uint8Array(500_000)),
		});
		assert.equal(answer.status, 413);
		const { readdir } = await import("node:fs/promises");
		assert.deepEqual(await readdir(join(folder, "uploads", ".incoming")), []);
	});

	it("says that it is unhealthy when its database is gone", async () => {
		const { apiUrl: other, stop } = await runServer(
			join(folder, "backend"),
			environment(),
		);
		const block = (allow: boolean) =>
			server.query(
				"postgres",
				`alter database ${database} allow_connections ${allow}`,
			);
		try {
			await block(false);
			await server.query(
				"postgres",
				"select pg_terminate_backend(pid) from pg_stat_activity where usename = 'trusted_login_app'",
			);
			const { status, body } = await call(other, "GET", "/health");
			assert.equal(status, 503);
			assert.deepEqual(body, {
				status: "unavailable",
				release,
				database: "unreachable",
			});
		} finally {
			await block(true);
			await stop();
		}
	});

	it("keeps uploads in a bucket as one piece with its sha256, and says when the bytes are missing", async () => {
		const store = await startObjectStore();
		const {
			apiUrl: other,
			child,
			stop,
		} = await runServer(join(folder, "backend"), {
			...environment(),
			UPLOADS: "s3://bucket/uploads",
			AWS_ENDPOINT_URL: store.url,
			AWS_REGION: "us-east-1",
			AWS_ACCESS_KEY_ID: "id",
			AWS_SECRET_ACCESS_KEY: "secret",
		});
		try {
			const token = await tokenOf(other, testAccount);
			const content = new Uint8Array(Buffer.from("in the bucket"));
			const { status, body } = await call(
				other,
				"POST",
				"/api/v2/files/upload",
				{
					token,
					body: formOf(content),
				},
			);
			assert.equal(status, 200);
			const [[key, object] = []] = store.objects;
			assert.match(
				key ?? "",
				/^\/bucket\/uploads\/\d{4}\/\d{2}\/[0-9a-f-]{36}\.txt$/,
			);
			assert.deepEqual(object?.body, Buffer.from(content));
			assert.equal(
				object?.headers["x-amz-checksum-sha256"],
				createHash("sha256").update(content).digest("base64"),
			);
			const url = `${other}/api/v2/files/${body.id}`;
			const headers = { Authorization: `Bearer ${token}` };
			const answer = await fetch(url, { headers });
			assert.equal(await answer.text(), "in the bucket");
			store.objects.clear();
			assert.equal((await fetch(url, { headers })).status, 404);
			assert.ok((await residentMegabytes(child)) <= 95);
		} finally {
			await stop();
			await store.stop();
			const left = join(tmpdir(), `trusted-login-uploads-${child.pid}`);
			assert.equal(existsSync(left), false);
		}
	});
});

/** What a process holds in memory, where Linux tells; 0 elsewhere. */
async function residentMegabytes(child: ChildProcess): Promise<number> {
	const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(
		() => "",
	);
	return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
