import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { dirname, join } from "node:path";
import { check } from "../../cutover/src/checks/run.ts";
import { checkSchema } from "../../cutover/src/checks/settings.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import type { Result } from "../../cutover/src/outcome.ts";
import {
	authorityFile,
	issueCertificate,
} from "../../rehearsal/cloud/acm/authority.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import {
	type CheckedSystems,
	startCheckedSystems,
} from "./app/checkedSystems.ts";

describe("the checks, when something is in their way,", function () {
	this.timeout(60_000);
	let systems: CheckedSystems;

	before(async () => {
		systems = await startCheckedSystems();
	});
	after(async () => {
		await systems?.stop();
	});
	afterEach(() => systems.current.proxy.alter({}));

	const reports = () => join(systems.folder, "reports");

	async function run(
		options: Readonly<Record<string, unknown>> = {},
		signal = new AbortController().signal,
	): Promise<Result> {
		const settings = checkSchema.parse({
			baseUrl: systems.current.proxy.url,
			database: systems.current.databaseUrl,
			reportDir: reports(),
			checks: JSON.stringify({ performance: { samples: 5 } }),
			...options,
		});
		return await check("after", settings, silentTalk, signal, {});
	}

	const failed = (result: Result) =>
		result.checks
			.filter((one) => one.outcome === "failed")
			.map(({ name, actual }) => `${name}: ${actual}`);
	const outcomeOf = (result: Result, name: string) =>
		result.checks.find((one) => one.name === name)?.outcome;

	it("name the address where nobody answers, and still look at the database", async () => {
		const port = await freePort();
		const result = await run({ baseUrl: `http://127.0.0.1:${port}` });
		assert.deepEqual(failed(result), [
			`GET /health: the API at http://127.0.0.1:${port} does not answer: nobody listens there; check the port and that the application runs (ECONNREFUSED)`,
		]);
		assert.equal(outcomeOf(result, "tables"), "passed");
		assert.equal(outcomeOf(result, "sign-in"), "not run");
		const report = await readFile(join(reports(), "check-after.json"), "utf8");
		assert.equal(JSON.parse(report).checks.length, result.checks.length);
	});

	it("show the way of a redirect loop", async () => {
		systems.current.proxy.alter({
			answer(given, asked) {
				given.status = 302;
				given.headers.location =
					asked.path === "/health" ? "/login" : "/health";
			},
		});
		const result = await run();
		assert.equal(failed(result).length, 1);
		assert.match(
			failed(result)[0] ?? "",
			/^GET \/health: the API redirects in a loop: \S+\/health → \S+\/login → \S+\/health; correct the base URL/,
		);
	});

	it("name the database that refuses the login, and still look at the API", async () => {
		const { server, current } = systems;
		await server.query("postgres", "CREATE ROLE nobody NOLOGIN");
		const result = await run({
			database: server.url(current.database, "nobody"),
		});
		assert.equal(failed(result).length, 1);
		assert.match(
			failed(result)[0] ?? "",
			/^database: the database at 127\.0\.0\.1:\d+ refuses the login of "nobody"/,
		);
		assert.equal(outcomeOf(result, "users"), "not run");
		assert.equal(outcomeOf(result, "workflow"), "passed");
	});

	it("say what is wrong with a certificate, and trust one whose authority is named", async () => {
		const root = join(systems.folder, "tls");
		const { id } = await issueCertificate(root, ["api.example"]);
		const file = (ending: string) =>
			readFile(join(root, "acm", `${id}.${ending}`));
		const server = createServer(
			{ cert: await file("pem"), key: await file("key") },
			(_, answer) => answer.end("{}"),
		).listen(0, "127.0.0.1");
		await once(server, "listening");
		const address = server.address();
		const port = typeof address === "object" ? address?.port : 0;
		const tls = { baseUrl: `https://127.0.0.1:${port}`, database: undefined };
		try {
			const caFile = authorityFile(root);
			const [unknown, other, good] = [
				await run({ ...tls, host: "api.example" }),
				await run({ ...tls, caFile, host: "other.example" }),
				await run({ ...tls, caFile, host: "api.example" }),
			];
			assert.match(
				failed(unknown).join(),
				/^GET \/health: the certificate of the API at https:\S+ is signed by an authority that is not known here; name it with --ca-file/,
			);
			assert.match(
				failed(other).join(),
				/^GET \/health: the certificate of the API at https:\S+ is for another name/,
			);
			assert.equal(outcomeOf(good, "HTTPS"), "passed");
		} finally {
			server.closeAllConnections();
			server.close();
		}
	});

	it("remove what they made and keep what they found, when they are stopped", async () => {
		const { current } = systems;
		const rows = await systems.rows(current);
		const stop = new AbortController();
		current.proxy.alter({
			request(asked) {
				if (asked.path === "/api/v2/files/upload") stop.abort();
			},
		});
		const result = await run({}, stop.signal);
		assert.equal(result.outcome, "failed");
		assert.match(result.next, /^Stopped before the end: \d+ passed, 0 failed/);
		assert.equal(outcomeOf(result, "workflow"), "passed");
		assert.equal(outcomeOf(result, "Supabase database"), "not run");
		assert.match(
			result.checks.find((one) => one.name === "nothing left behind")?.actual ??
				"",
			/^3 of 3 removed/,
		);
		assert.deepEqual(await systems.rows(current), rows);
		assert.deepEqual(await filesIn(current.uploads), []);
		const report = await readFile(join(reports(), "check-after.json"), "utf8");
		assert.equal(JSON.parse(report).outcome, "failed");
	});

	it("name what they could not remove, and how to", async () => {
		const { server, current } = systems;
		current.proxy.alter({
			answer(given, asked) {
				if (asked.method === "DELETE") given.status = 405;
			},
			request(asked) {
				if (asked.method === "DELETE" && asked.headers.authorization)
					asked.headers.authorization = "none";
			},
		});
		await server.query(
			current.database,
			`CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA auth, public TO reader;
			GRANT SELECT ON ALL TABLES IN SCHEMA public, auth TO reader`,
		);
		const result = await run({
			database: server.url(current.database, "reader"),
		});
		assert.equal(
			result.checks.find((one) => one.name === "registration")?.actual,
			'"reader" may not delete from auth.users, so a new account could not be removed again; give --database with that right',
		);
		assert.match(
			failed(result).join(),
			/^nothing left behind: file \d+ stays \(DELETE \/api\/v2\/files\/\d+: 405.*permission denied.*\); run on the database: DELETE FROM public\.files WHERE id = '\d+'/,
		);
		// What is old enough is removed by the next run.
		await server.query(
			current.database,
			`UPDATE public.files SET created_at = now() - interval '1 hour';
			UPDATE public.workflows SET created_at = now() - interval '1 hour';
			INSERT INTO auth.users (email, created_at)
				VALUES ('cutover-check-0badcafe@cutover-check.invalid', now() - interval '1 hour')`,
		);
		current.proxy.alter({});
		await run();
		const rows = await systems.rows(current);
		assert.deepEqual(
			[rows["public.files"], rows["public.workflows"], rows["auth.users"]],
			[0, 2, 2],
		);
	});

	it("do not pass when their report cannot be kept, and say what they found all the same", async () => {
		const file = join(systems.folder, "no-folder");
		await writeFile(file, "");
		const result = await run({ reportDir: file });
		assert.equal(result.outcome, "inconclusive");
		assert.match(
			result.checks.find((one) => one.name === "report")?.actual ?? "",
			/^the report is in \S+ of this machine: .*no-folder/,
		);
		const [saved = ""] = (result.facts?.reports ?? []) as string[];
		assert.match(await readFile(saved, "utf8"), /^# Checks after/);
		await rm(dirname(saved), { recursive: true });
		assert.deepEqual(failed(result), []);
	});

	it("ask the external parts that are configured", async () => {
		const cache = createTcpServer((socket) =>
			socket.on("data", (data) =>
				socket.write(
					data.includes("AUTH") ? "-WRONGPASS bad password\r\n" : "+PONG\r\n",
				),
			),
		).listen(0, "127.0.0.1");
		await once(cache, "listening");
		const address = cache.address();
		const port = typeof address === "object" ? address?.port : 0;
		const parts = (redis: object) => ({
			checks: JSON.stringify({
				categories: ["Integration"],
				integration: {
					redis: { url: `redis://127.0.0.1:${port}`, ...redis },
					desktop: { url: systems.current.apiUrl },
				},
			}),
			frontendUrl: `${systems.current.apiUrl}/api/docs`,
		});
		try {
			const good = await run(parts({}));
			assert.deepEqual(failed(good), []);
			assert.equal(outcomeOf(good, "Redis"), "passed");
			assert.equal(outcomeOf(good, "desktop service"), "passed");
			const settings = checkSchema.parse({
				baseUrl: systems.current.proxy.url,
				reportDir: reports(),
				...parts({ passwordEnv: "CACHE_TEST_PASSWORD" }),
			});
			const bad = await check(
				"after",
				settings,
				silentTalk,
				new AbortController().signal,
				{ CACHE_TEST_PASSWORD: "wrong" },
			);
			assert.ok(failed(bad).includes("Redis: WRONGPASS bad password"));
		} finally {
			cache.close();
		}
	});

	it("run a team's own check, as the documentation shows it", async () => {
		const page = await readFile("docs/checks.md", "utf8");
		const [, code = ""] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
		const folder = join(systems.folder, "own");
		await mkdir(folder, { recursive: true });
		await writeFile(join(folder, "profile.mjs"), code);
		await writeFile(
			join(folder, "hangs.mjs"),
			`export default { name: "hangs", group: "Ours", expected: "an end", run: () => new Promise(() => undefined) };`,
		);
		const checks = JSON.stringify({
			categories: [],
			limits: { checkSeconds: 2 },
		});
		const result = await run({ checksDir: folder, checks });
		assert.deepEqual(failed(result), ["hangs: not done within 2 s"]);
		assert.equal(outcomeOf(result, "profile keeps a theme"), "passed");
	});
});

async function filesIn(folder: string): Promise<readonly string[]> {
	const entries = await readdir(folder, {
		recursive: true,
		withFileTypes: true,
	});
	return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}
