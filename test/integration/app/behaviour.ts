import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { KnownAccount } from "../../../rehearsal/seed/accounts.ts";
import type { RunningServer } from "./processes.ts";

/** A backend of either version under test. */
export interface AppUnderTest {
	readonly apiUrl: string;
	readonly release: string;
	/** Two accounts that came from the legacy system. */
	readonly accounts: readonly [KnownAccount, KnownAccount];
	/** Makes the database refuse the application's writes, and ends its sessions. */
	fence(): Promise<void>;
	lift(): Promise<void>;
	/** Another process of the same version, to be ended by the test. */
	startAnother(): Promise<RunningServer>;
}

export interface Reply {
	readonly status: number;
	readonly headers: Headers;
	readonly body: Body;
}

/** Whatever an answer may hold; what a certain one has to hold, the assertions say. */
export interface Body {
	readonly [place: number]: Body;
	readonly length: number;
	readonly data: unknown;
	readonly error: string;
	readonly paths: Readonly<Record<string, unknown>>;
	readonly id: number;
	readonly name: string;
	readonly status: string;
	readonly access_token: string;
	readonly token_type: string;
	readonly user: { readonly id: string; readonly email: string };
	readonly username: string | null;
	readonly preferences: Readonly<Record<string, unknown>>;
	readonly steps: readonly {
		readonly type: string;
		readonly config: unknown;
	}[];
	readonly details: readonly { readonly path: string }[];
	readonly size: number;
	readonly sha256: string;
	readonly region: string;
}

/** Sends a request with a JSON body, and reads a JSON answer. */
export async function call(
	base: string,
	method: string,
	path: string,
	options: { readonly token?: string; readonly body?: unknown } = {},
): Promise<Reply> {
	const answer = await fetch(`${base}${path}`, {
		method,
		headers: {
			...(options.token ? { Authorization: `Bearer ${options.token}` } : {}),
			...(options.body === undefined || options.body instanceof FormData
				? {}
				: { "Content-Type": "application/json" }),
		},
		...(options.body === undefined
			? {}
			: {
					body:
						options.body instanceof FormData
							? options.body
							: JSON.stringify(options.body),
				}),
	});
	const text = await answer.text();
	return {
		status: answer.status,
		headers: answer.headers,
		body: text === "" ? undefined : JSON.parse(text),
	};
}

export async function tokenOf(
	base: string,
	account: { readonly email: string; readonly password: string },
): Promise<string> {
	const { email, password } = account;
	const { status, body } = await call(base, "POST", "/api/v1/auth/login", {
		body: { email, password },
	});
	assert.equal(status, 200);
	return body.access_token;
}

/** A form with one file. */
export function formOf(
	content: Uint8Array<ArrayBuffer>,
	name = "file",
): FormData {
	const form = new FormData();
	form.set("note", "a field that is no file");
	form.set(name, new Blob([content], { type: "text/plain" }), "Zoë.txt");
	return form;
}

const steps = [
	{ type: "screenshot", config: { region: "full" } },
	{ type: "wait", config: { seconds: 1 } },
];

/** What both versions have in common. */
export function behavesAsTheApp(app: () => AppUnderTest): void {
	const send = (
		method: string,
		path: string,
		options?: Parameters<typeof call>[3],
	) => call(app().apiUrl, method, path, options);

	it("names its release and carries the security headers in every answer, also in refusals", async () => {
		const answers = await Promise.all([
			send("GET", "/health"),
			send("GET", "/nowhere"),
			send("GET", "/api/v1/workflows"),
			send("POST", "/api/v1/auth/login", { body: "no object" }),
		]);
		assert.deepEqual(
			answers.map(({ status }) => status),
			[200, 404, 401, 400],
		);
		for (const { headers, body } of answers) {
			assert.equal(headers.get("x-release"), app().release);
			assert.equal(headers.get("x-content-type-options"), "nosniff");
			assert.equal(headers.get("x-frame-options"), "DENY");
			assert.equal(headers.get("x-xss-protection"), "1; mode=block");
			assert.equal(typeof body, "object");
		}
		assert.deepEqual(answers[0]?.body, {
			status: "ok",
			release: app().release,
			database: "ok",
		});
	});

	it("signs legacy users in with their old passwords, however they write their address", async () => {
		for (const { email, password } of app().accounts) {
			const { status, body } = await send("POST", "/api/v1/auth/login", {
				body: { email: ` ${email.toUpperCase()}`, password },
			});
			assert.equal(status, 200);
			assert.equal(body.token_type, "bearer");
			assert.equal(body.user.email, email);
		}
	});

	it("refuses a wrong password, an unknown address and a forged token alike", async () => {
		const [{ email }] = app().accounts;
		for (const body of [
			{ email, password: "wrong" },
			{ email: "nobody@example.com", password: "wrong" },
			{ email: "nobody\0@example.com", password: "wrong" },
		]) {
			assert.equal(
				(await send("POST", "/api/v1/auth/login", { body })).status,
				401,
			);
		}
		const forged = await send("GET", "/api/v1/profile", { token: "a.b.c" });
		assert.equal(forged.status, 401);
	});

	it("registers an account once, which can sign in and has the default preferences", async () => {
		const email = `new-${randomBytes(4).toString("hex")}@example.com`;
		const body = { email, password: "long enough" };
		const made = await send("POST", "/api/v1/auth/register", { body });
		assert.equal(made.status, 201);
		assert.equal(made.body.user.email, email);
		const again = await send("POST", "/api/v1/auth/register", {
			body: { ...body, email: email.toUpperCase() },
		});
		assert.equal(again.status, 409);
		const token = await tokenOf(app().apiUrl, body);
		const profile = await send("GET", "/api/v1/profile", { token });
		assert.deepEqual(profile.body.preferences, {
			theme: "light",
			notifications: true,
			language: "en",
		});
	});

	it("says what is wrong with a registration", async () => {
		const { status, body } = await send("POST", "/api/v1/auth/register", {
			body: { email: "nobody", password: "short" },
		});
		assert.equal(status, 400);
		assert.deepEqual(
			body.details.map(({ path }) => path),
			["email", "password"],
		);
	});

	it("takes a workflow from its making to its end, for its owner only", async () => {
		const [owner, other] = app().accounts;
		const token = await tokenOf(app().apiUrl, owner);
		const made = await send("POST", "/api/v1/workflows", {
			token,
			body: { name: "Check “ü”", steps },
		});
		assert.equal(made.status, 201);
		assert.deepEqual(
			made.body.steps.map(({ type, config }) => ({
				type,
				config,
			})),
			steps,
		);
		const path = `/api/v1/workflows/${made.body.id}`;
		const list = await send("GET", "/api/v1/workflows?limit=1", { token });
		assert.equal(list.body[0]?.id, made.body.id);
		assert.equal(list.body.length, 1);

		const renamed = await send("PUT", path, {
			token,
			body: { name: "Renamed", steps: [{ type: "wait", seconds: 2 }] },
		});
		assert.equal(renamed.body.name, "Renamed");
		assert.deepEqual(renamed.body.steps, [
			{ position: 1, type: "wait", config: { seconds: 2 } },
		]);
		const run = await send("POST", `${path}/execute`, { token });
		assert.equal(run.body.status, "completed");

		const stranger = await tokenOf(app().apiUrl, other);
		for (const method of ["GET", "PUT", "DELETE"]) {
			const answer = await send(method, path, {
				token: stranger,
				...(method === "PUT" ? { body: { name: "Stolen" } } : {}),
			});
			assert.equal(answer.status, 404, method);
		}
		assert.equal((await send("DELETE", path, { token })).status, 204);
		assert.equal((await send("GET", path, { token })).status, 404);
	});

	it("refuses what its database could not hold, as the caller's mistake", async () => {
		const token = await tokenOf(app().apiUrl, app().accounts[0]);
		for (const body of [
			{ name: "a\0b" },
			{ name: "x".repeat(256) },
			{ name: "" },
			{ name: "n", steps: [{ type: "wait", config: { text: "\0" } }] },
		]) {
			const answer = await send("POST", "/api/v1/workflows", { token, body });
			assert.equal(answer.status, 400);
		}
		for (const id of ["0", "99999999999", "2147483647", "x"]) {
			const answer = await send("GET", `/api/v1/workflows/${id}`, { token });
			assert.equal(answer.status, 404, id);
		}
	});

	it("changes the preferences that are given and keeps the others", async () => {
		const token = await tokenOf(app().apiUrl, app().accounts[1]);
		const before = await send("GET", "/api/v1/profile", { token });
		const changed = await send("PUT", "/api/v1/profile", {
			token,
			body: { username: "Zoë", preferences: { theme: "dark" } },
		});
		assert.deepEqual(changed.body, {
			username: "Zoë",
			preferences: { ...before.body.preferences, theme: "dark" },
		});
		const after = await send("GET", "/api/v1/profile", { token });
		assert.deepEqual(after.body, changed.body);
	});

	it("gives an uploaded file back to its owner, byte by byte, and to nobody else, until it is removed", async () => {
		const token = await tokenOf(app().apiUrl, app().accounts[0]);
		const content = new Uint8Array(randomBytes(300_000));
		const made = await send("POST", "/api/v1/files/upload", {
			token,
			body: formOf(content),
		});
		assert.equal(made.status, 200);
		assert.equal(made.body.size, content.length);
		assert.equal(
			made.body.sha256,
			createHash("sha256").update(content).digest("hex"),
		);
		const url = `${app().apiUrl}/api/v1/files/${made.body.id}`;
		const answer = await fetch(url, {
			headers: { Authorization: `Bearer ${token}` },
		});
		assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), content);
		assert.match(
			answer.headers.get("content-disposition") ?? "",
			/^attachment; filename\*=UTF-8''Zo%C3%AB\.txt$/,
		);
		const stranger = await tokenOf(app().apiUrl, app().accounts[1]);
		const refused = await send("GET", `/api/v1/files/${made.body.id}`, {
			token: stranger,
		});
		assert.equal(refused.status, 404);
		const remove = (by: string) =>
			send("DELETE", `/api/v1/files/${made.body.id}`, { token: by });
		assert.equal((await remove(stranger)).status, 404);
		assert.equal((await remove(token)).status, 204);
		assert.equal((await remove(token)).status, 404);
	});

	it("refuses an upload without a file", async () => {
		const token = await tokenOf(app().apiUrl, app().accounts[0]);
		const answer = await send("POST", "/api/v1/files/upload", {
			token,
			body: formOf(new Uint8Array(10), "other"),
		});
		assert.equal(answer.status, 400);
	});

	it("takes screenshots", async () => {
		const token = await tokenOf(app().apiUrl, app().accounts[0]);
		const { status, body } = await send("POST", "/api/v1/desktop/screenshot", {
			token,
			body: { region: "full" },
		});
		assert.equal(status, 200);
		assert.equal(body.region, "full");
	});

	it("describes itself", async () => {
		const { status, body } = await send("GET", "/api/docs");
		assert.equal(status, 200);
		assert.ok(body.paths["/api/v1/auth/login"]);
	});

	it("answers writes with 503 and Retry-After while it is fenced, goes on reading, and recovers", async () => {
		const [account] = app().accounts;
		const token = await tokenOf(app().apiUrl, account);
		const body = { name: "Fenced", steps };
		await app().fence();
		try {
			const refused = await Promise.all([
				send("POST", "/api/v1/workflows", { token, body }),
				send("PUT", "/api/v1/profile", { token, body: { username: "x" } }),
				send("POST", "/api/v1/files/upload", {
					token,
					body: formOf(new Uint8Array(10)),
				}),
				send("POST", "/api/v1/auth/register", {
					body: { email: "late@example.com", password: "long enough" },
				}),
			]);
			for (const answer of refused) {
				assert.equal(answer.status, 503);
				assert.equal(answer.headers.get("retry-after"), "1");
				assert.equal(answer.body.error, "read only: migration in progress");
			}
			const read = await send("GET", "/api/v1/workflows", { token });
			assert.equal(read.status, 200);
			await tokenOf(app().apiUrl, account);
			assert.equal((await send("GET", "/health")).status, 200);
		} finally {
			await app().lift();
		}
		const answer = await send("POST", "/api/v1/workflows", { token, body });
		assert.equal(answer.status, 201);
	});

	it("answers what is under way when it is told to end, and closes the connection", async () => {
		const { apiUrl, stop } = await app().startAnother();
		const token = await tokenOf(apiUrl, app().accounts[0]);
		const answer = slowUpload(apiUrl, token);
		await sleep(150);
		const ended = stop();
		await sleep(150);
		await assert.rejects(fetch(`${apiUrl}/health`));
		const { status, connection } = await answer;
		assert.equal(status, 200);
		assert.equal(connection, "close");
		assert.deepEqual(await ended, [0, null]);
	});
}

/** Half of a file at once, the other half 500 ms later. */
function slowUpload(
	apiUrl: string,
	token: string,
): Promise<{ status: number | undefined; connection: string | undefined }> {
	const body = Buffer.from(
		'--b\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\nslow content\r\n--b--\r\n',
	);
	return new Promise((resolve, reject) => {
		const request = http.request(
			`${apiUrl}/api/v1/files/upload`,
			{
				method: "POST",
				headers: {
					Authorization: `Bearer ${token}`,
					"Content-Type": "multipart/form-data; boundary=b",
					"Content-Length": body.length,
				},
				agent: new http.Agent({ keepAlive: true }),
			},
			(response) => {
				response.resume();
				response.on("end", () =>
					resolve({
						status: response.statusCode,
						connection: response.headers.connection,
					}),
				);
			},
		);
		request.on("error", reject);
		request.write(body.subarray(0, 80));
		setTimeout(() => request.end(body.subarray(80)), 500);
	});
}
