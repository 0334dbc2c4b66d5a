import assert from "node:assert/strict";
import {
	chmod,
	mkdir,
	readdir,
	readFile,
	stat,
	writeFile,
} from "node:fs/promises";
import { createServer } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { generate } from "selfsigned";
import {
	launchBrowser,
	requireBrowser,
} from "../../cutover/src/adapters/browser.ts";
import type { Browser } from "../../cutover/src/adapters/playwright.mjs";
import { InterruptedError } from "../../cutover/src/errors.ts";
import { openFolder } from "../../cutover/src/uat/report/folder.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import {
	type Acceptance,
	badChecks,
	leftovers,
	openAcceptance,
} from "./app/acceptance.ts";
import { type Release, startCurrentRelease } from "./app/releases.ts";

const signedInScenarios = [
	"workflow-creation",
	"execution",
	"management",
	"profile",
	"responsive-design",
];

/** A scenario of a team, as it would write one. */
const opensLogin = `export default {
	name: "opens-login", title: "The sign-in opens", signedIn: false,
	async run(walk) {
		await walk.step("open it", async () => {
			await walk.open("/login");
			await walk.see('[name="email"]');
		});
	},
};`;

describe("user acceptance in trouble", function () {
	this.timeout(120_000);
	let acceptance: Acceptance;
	let current: Release;

	before(async () => {
		acceptance = await openAcceptance();
		current = await startCurrentRelease();
	});
	after(async () => {
		try {
			await current?.stop();
		} finally {
			await acceptance?.close();
		}
	});

	const reportOf = async (reportDir: string) =>
		JSON.parse(await readFile(join(reportDir, "uat.json"), "utf8"));

	/** Something that answers instead of the application. */
	async function serving(
		location: (port: number) => string | undefined,
		work: (baseUrl: string) => Promise<void>,
	): Promise<void> {
		const server = createServer((_, response) => {
			const to = location((server.address() as AddressInfo).port);
			response.writeHead(to === undefined ? 502 : 302, {
				...(to !== undefined && { location: to }),
			});
			response.end();
		});
		await new Promise<void>((resolve) =>
			server.listen(0, "127.0.0.1", resolve),
		);
		try {
			await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
		} finally {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	}

	/** The application behind TLS with a certificate of its own. */
	async function behindTls(
		work: (baseUrl: string, caFile: string) => Promise<void>,
	): Promise<void> {
		const { cert, private: key } = await generate(
			[{ name: "commonName", value: "localhost" }],
			{
				extensions: [
					{
						name: "subjectAltName",
						altNames: [{ type: 2, value: "localhost" }],
					},
				],
			},
		);
		const server = https.createServer({ cert, key }, (request, response) => {
			fetch(`${current.baseUrl}${request.url}`)
				.then(async (answer) => {
					response.writeHead(answer.status, {
						"content-type": answer.headers.get("content-type") ?? "",
					});
					response.end(Buffer.from(await answer.arrayBuffer()));
				})
				.catch(() => response.writeHead(502).end());
		});
		await new Promise<void>((resolve) =>
			server.listen(0, "127.0.0.1", resolve),
		);
		const caFile = join(acceptance.folder, "ca.pem");
		await writeFile(caFile, cert);
		try {
			await work(
				`https://localhost:${(server.address() as AddressInfo).port}`,
				caFile,
			);
		} finally {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	}

	async function acceptsNothing(
		baseUrl: string,
		reason: RegExp,
	): Promise<void> {
		const { result, reportDir } = await acceptance.accept({
			baseUrl,
			databaseUrl: current.databaseUrl,
		});
		assert.equal(result.outcome, "failed");
		const [first, ...rest] = result.checks;
		assert.equal(first?.name, "the application answers");
		assert.match(first?.actual ?? "", reason);
		assert.equal(rest.length, 7);
		for (const check of rest) {
			assert.equal(check.outcome, "not run");
			assert.match(check.actual, reason);
		}
		assert.equal((await reportOf(reportDir)).label, "NOT RUN");
	}

	it("says that nobody answers at the address", async () => {
		const port = await freePort();
		await acceptsNothing(
			`http://127.0.0.1:${port}`,
			/login does not answer: .*ECONNREFUSED.*; check the address/,
		);
	});

	it("says that something else answers, and what", () =>
		serving(
			() => undefined,
			(baseUrl) => acceptsNothing(baseUrl, /answered 502; check that/),
		));

	it("says that it is sent in circles", () =>
		serving(
			(port) => `http://127.0.0.1:${port}/login`,
			(baseUrl) => acceptsNothing(baseUrl, /redirects without end: http/),
		));

	it("refuses a certificate that nobody it trusts has signed", () =>
		behindTls((baseUrl) =>
			acceptsNothing(
				baseUrl,
				/the certificate of localhost:\d+ is not trusted: self.signed.*--ca-file/,
			),
		));

	it("trusts the authority that it is given, in the browser too, and runs a team's own scenario", () =>
		behindTls(async (baseUrl, caFile) => {
			await writeFile(join(acceptance.folder, "opens-login.mjs"), opensLogin);
			const { result, reportDir } = await acceptance.accept(
				{ baseUrl, databaseUrl: current.databaseUrl },
				{
					caFile,
					only: ["opens-login"],
					uat: await acceptance.config("scenarios: [opens-login.mjs]"),
					ports: {
						launch: (keys) => launchBrowser(requireBrowser(), keys),
					},
				},
			);
			const own = result.checks.filter(({ name }) => /^opens-login/.test(name));
			assert.deepEqual(
				own.map(({ name, outcome }) => `${name} ${outcome}`),
				[
					"opens-login passed",
					"opens-login: no console errors passed",
					"opens-login: no failed requests passed",
					"opens-login: accessibility passed",
				],
			);
			const { totals, label } = await reportOf(reportDir);
			assert.equal(label, "FAILED");
			assert.deepEqual(
				[totals.scenarios, totals.passed, totals.notRun],
				[8, 1, 7],
			);
		}));

	it("does not run without a browser, and says what installs one", async () => {
		const { result, reportDir } = await acceptance.accept(current, {
			browser: "/no/such/browser",
			ports: { launch: undefined },
		});
		assert.equal(result.outcome, "not run");
		assert.match(
			result.checks.find(({ name }) => name === "a browser")?.actual ?? "",
			/^expected a browser at \/no\/such\/browser, got nothing; .*install one: /,
		);
		assert.equal((await reportOf(reportDir)).label, "NOT RUN");
	});

	it("does not run with a browser that does not start", async () => {
		const broken = join(acceptance.folder, "broken-browser");
		await writeFile(
			broken,
			"#!/bin/sh\necho cannot open display >&2\nexit 1\n",
		);
		await chmod(broken, 0o755);
		const { result } = await acceptance.accept(current, {
			browser: broken,
			ports: { launch: undefined },
		});
		assert.equal(result.outcome, "not run");
		assert.match(
			result.checks.find(({ name }) => name === "a browser")?.actual ?? "",
			/broken-browser does not start: .*; try it by hand/,
		);
	});

	it("counts what could not begin as not run when the account's password is wrong", async () => {
		const { result } = await acceptance.accept(current, {
			password: "wrong",
			uat: await acceptance.config("timeoutSeconds: 1"),
		});
		assert.deepEqual(badChecks(result), [
			"login",
			"login: no failed requests",
			...signedInScenarios,
		]);
		for (const check of result.checks) {
			if (signedInScenarios.includes(check.name)) {
				assert.equal(check.outcome, "not run");
				assert.match(
					check.actual,
					/sign-in of test@example.com was answered with 401/,
				);
			}
		}
		assert.match(result.next, /FAILED: 1 of 7 scenarios \(14 %\)/);
	});

	it("runs what needs no account when there is no password, and lists the account that nobody can remove", async () => {
		const { result, reportDir } = await acceptance.accept(current, {
			password: undefined,
			database: undefined,
		});
		assert.deepEqual(badChecks(result), [
			"test data removed",
			"login",
			...signedInScenarios,
		]);
		const login = result.checks.find(({ name }) => name === "login");
		assert.equal(login?.outcome, "not run");
		assert.match(login?.actual ?? "", /set CUTOVER_UAT_PASSWORD/);
		assert.match(
			result.next,
			/1 to be removed by hand: delete from auth.users where email = 'uat-/,
		);
		assert.equal((await leftovers(current, "auth.users")).length, 1);
		// The next run with a database finds the note in the report and removes it.
		const again = await acceptance.accept(current, {
			reportDir,
			only: ["login"],
		});
		assert.deepEqual(await leftovers(current, "auth.users"), []);
		assert.ok(!badChecks(again.result).includes("test data removed"));
	});

	it("keeps what it found when the disk is full, and says so", async () => {
		let room = 3;
		const { result, reportDir } = await acceptance.accept(current, {
			only: ["registration", "login"],
			ports: {
				openFolder: (path) =>
					openFolder(path, async (file, content) => {
						if (file.includes(".png")) {
							room -= 1;
							if (room < 0) {
								throw new Error("ENOSPC: no space left on device, write");
							}
						}
						await writeFile(file, content);
					}),
			},
		});
		assert.equal(result.outcome, "failed");
		const report = result.checks.find(({ name }) => name === "the report");
		assert.equal(report?.outcome, "failed");
		assert.match(report?.actual ?? "", /^4 could not be written; make room/);
		assert.match(report?.details?.[0] ?? "", /\.png: ENOSPC/);
		for (const name of ["registration", "login"]) {
			const check = result.checks.find((one) => one.name === name);
			assert.equal(check?.outcome, "passed");
		}
		assert.ok((await stat(join(reportDir, "uat.html"))).size > 1000);
		assert.deepEqual(
			(await readdir(join(reportDir, "uat"), { recursive: true })).filter(
				(name) => name.endsWith(".part"),
			),
			[],
		);
		assert.deepEqual(await leftovers(current, "auth.users"), []);
	});

	it("refuses a report folder that cannot be written to, before anything else", async () => {
		const file = join(acceptance.folder, "a-file");
		await writeFile(file, "");
		await assert.rejects(
			acceptance.accept(current, { reportDir: join(file, "reports") }),
			/cannot write into the report folder: .*name another with --report-dir/,
		);
	});

	it("removes its data and writes its report also when it is stopped", async () => {
		const stop = new AbortController();
		const reportDir = join(acceptance.folder, "stopped");
		await mkdir(reportDir);
		const { result } = await acceptance.accept(current, {
			reportDir,
			signal: stop.signal,
			ports: {
				openFolder: (path) =>
					openFolder(path, async (file, content) => {
						await writeFile(file, content);
						// In the middle: the first workflow is in the list.
						if (/management.01-/.test(file)) {
							stop.abort(new InterruptedError("stopped by SIGTERM"));
						}
					}),
				launch: () => launchBrowser(requireBrowser()),
			},
		});
		assert.equal(result.outcome, "failed");
		assert.match(
			result.checks.find(({ name }) => name === "the run")?.actual ?? "",
			/stopped before the end: stopped by SIGTERM/,
		);
		const report = await reportOf(reportDir);
		assert.equal(report.finished, true);
		assert.ok(report.totals.notRun > 0);
		assert.ok(
			report.scenarios.every(
				({ outcome }: { outcome: string }) => outcome !== "failed",
			),
		);
		assert.deepEqual(await leftovers(current, "auth.users"), []);
	});

	for (const { nth, afterMs } of [
		{ nth: 1, afterMs: 30 },
		{ nth: 4, afterMs: 10 },
		{ nth: 5, afterMs: 60 },
		{ nth: 8, afterMs: 30 },
	]) {
		it(`ends in order when it is stopped ${afterMs} ms after the opening of its page ${nth}`, async () => {
			const stop = new AbortController();
			const { result } = await acceptance.accept(current, {
				signal: stop.signal,
				ports: {
					launch: async () =>
						countOpenings(await launchBrowser(requireBrowser()), (count) => {
							if (count !== nth) return;
							setTimeout(
								() => stop.abort(new InterruptedError("stopped by SIGTERM")),
								afterMs,
							);
						}),
				},
			});
			assert.deepEqual(
				result.checks
					.filter(({ outcome }) => outcome === "failed")
					.map(({ name, actual }) => `${name}: ${actual}`),
				["the run: stopped before the end: stopped by SIGTERM"],
			);
			assert.deepEqual(await leftovers(current, "auth.users"), []);
		});
	}
});

/** The browser, and a word before each address that one of its pages opens. */
function countOpenings(
	browser: Browser,
	opens: (count: number) => void,
): Browser {
	const newContext = browser.newContext.bind(browser);
	let count = 0;
	browser.newContext = async (options) => {
		const context = await newContext(options);
		const newPage = context.newPage.bind(context);
		context.newPage = async () => {
			const page = await newPage();
			const goto = page.goto.bind(page);
			page.goto = (...given) => {
				count += 1;
				opens(count);
				return goto(...given);
			};
			return page;
		};
		return context;
	};
	return browser;
}
