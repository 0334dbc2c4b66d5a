import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runProgram } from "../../cutover/src/program.ts";
import { recordResult } from "../../cutover/src/status/write.ts";
import {
	accessibilityScript,
	type Browser,
	type Page,
	startBrowser,
} from "./cutoverChromium.mjs";
import {
	createPair,
	dropPair,
	type Pair,
	soundUsers,
	startMigrationServer,
} from "./cutoverFixture.ts";
import type { TestServer } from "./postgres.ts";

describe("the status page of a real migration", function () {
	this.timeout(120_000);
	let server: TestServer;
	let pair: Pair;
	let reports: string;
	let browser: Browser | undefined;

	before(async () => {
		browser = await startBrowser();
		server = await startMigrationServer();
		pair = await createPair(server, { seed: soundUsers(40) });
		reports = join(pair.folder, "reports");
		await server.query(
			pair.sourceName,
			"INSERT INTO legacy_users (username, email, password_hash) VALUES ('bad', 'not an address', 'x')",
		);
		await verb("inventory");
		await verb("convert");
		await verb("validate");
		await recordOthers(reports);
		await verb("status", "--stack", "prod", "--environment", "production");
	});
	after(async () => {
		await browser?.close();
		await dropPair(pair);
		await server.stop();
	});

	/** Runs the command line inside this process. */
	async function verb(name: string, ...more: string[]) {
		const ends =
			name === "status"
				? []
				: [
						"--source",
						pair.source,
						...(name === "inventory" ? [] : ["--target", pair.target]),
					];
		let stdout = "";
		let stderr = "";
		const exitCode = await runProgram(
			[...name.split(" "), ...ends, "--report-dir", reports, "--json", ...more],
			{
				stdout: { write: (text) => (stdout += text) },
				stderr: { write: (text) => (stderr += text) },
				signal: new AbortController().signal,
			},
		);
		return { exitCode, stdout, stderr };
	}
	const page = () => readFileSync(join(reports, "status.html"), "utf8");

	it("shows what every verb came to: stages, checks, counts, ways back and the window", () => {
		const text = page();
		for (const part of [
			"Migration status: prod",
			"Take stock",
			"user count",
			"rows of legacy_users",
			"41 = 40 migrated + 1 quarantined",
			"adds up",
			"not measured",
			"first Sunday of the month",
			"NO-GO",
			"Security approval obtained",
			"data:image/svg+xml;base64,",
			"login – opens the page",
			'href="validate.md"',
		]) {
			assert.ok(text.includes(part), part);
		}
	});

	it("holds no address of a person, no password and no hash", () => {
		const text = page();
		for (const secret of [
			"user1@example.com",
			"@example.com",
			"$2b$",
			":cutover@",
			":master@",
			"canary-password",
		]) {
			assert.ok(!text.includes(secret), secret);
		}
	});

	it("is written anew when a verb fails, and says so first", async () => {
		await server.query(
			pair.targetName,
			"UPDATE public.profiles SET username = 'somebody else' WHERE username = 'user7'",
		);
		const { exitCode } = await verb("validate");
		assert.equal(exitCode, 1);
		assert.match(page(), /<span>2 checks failing<\/span>/);
		await server.query(
			pair.targetName,
			"UPDATE public.profiles SET username = 'user7' WHERE username = 'somebody else'",
		);
		assert.equal((await verb("validate")).exitCode, 0);
		assert.match(page(), /<span>1 check failing<\/span>/);
	});

	for (const width of [1280, 375]) {
		for (const colorScheme of ["light", "dark"] as const) {
			it(`is readable and accessible at ${width} px in ${colorScheme}, from the disk alone`, async () => {
				const opened = await open(width, colorScheme);
				assert.deepEqual(await accessibilityProblems(opened.page), []);
				assert.equal(
					await opened.page.evaluate(
						"document.documentElement.scrollWidth <= innerWidth",
					),
					true,
					"nothing is wider than the screen",
				);
				assert.equal(
					await opened.page.evaluate(
						"[...document.images].every((image) => image.naturalWidth > 0)",
					),
					true,
					"every picture is shown",
				);
				assert.match(
					await opened.page.evaluate<string>(
						"document.querySelector('.tiles [data-from]').textContent",
					),
					/^(in |open now)/,
				);
				assert.deepEqual(opened.problems, []);
				assert.deepEqual(
					opened.requests.filter((url) => !/^(file|data):/.test(url)),
					[],
				);
				await opened.page.context().close();
			});
		}
	}

	it("says the same in absolute times without its script", async () => {
		const context = await started().newContext({
			viewport: { width: 375, height: 800 },
			colorScheme: "light",
			javaScriptEnabled: false,
		});
		const opened = await context.newPage();
		await opened.goto(pathToFileURL(join(reports, "status.html")).href);
		assert.match(await opened.title(), /checks? failing/);
		await context.close();
	});

	const started = (): Browser => {
		assert.ok(browser, "the browser runs");
		return browser;
	};

	async function open(width: number, colorScheme: "light" | "dark") {
		const context = await started().newContext({
			viewport: { width, height: 900 },
			colorScheme,
		});
		const opened = await context.newPage();
		const problems: string[] = [];
		const requests: string[] = [];
		opened.on("console", (message) => problems.push(message.text()));
		opened.on("pageerror", (error) => problems.push(error.message));
		opened.on("request", (request) => requests.push(request.url()));
		await opened.goto(pathToFileURL(join(reports, "status.html")).href);
		await opened.evaluate(
			`(async () => {
				for (const group of document.querySelectorAll("details")) group.open = true;
				for (const image of document.images) image.loading = "eager";
				await Promise.all([...document.images].map((image) => image.decode()));
			})()`,
		);
		const folder = process.env.STATUS_SCREENSHOTS;
		if (folder !== undefined) {
			const path = join(folder, `status-${width}-${colorScheme}.png`);
			await opened.screenshot({ path, fullPage: true });
		}
		return { page: opened, problems, requests };
	}
});

/** By the browser's own door: the page lets no other script in. */
async function accessibilityProblems(page: Page): Promise<unknown> {
	const session = await page.context().newCDPSession(page);
	const { result } = await session.send("Runtime.evaluate", {
		expression: `${accessibilityScript()};axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`,
		awaitPromise: true,
		returnByValue: true,
	});
	return result.value;
}

/** What other commands hand over, in the form in which they do. */
async function recordOthers(reports: string): Promise<void> {
	const svg =
		'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="400"><rect width="800" height="400" fill="#47a"/></svg>';
	for (const name of ["perf-compare.svg", "uat-login-1.svg"]) {
		writeFileSync(join(reports, name), svg);
	}
	const startedAt = new Date();
	const check = {
		name: "p95 of GET /api/v2/workflows",
		outcome: "passed",
		expected: "at most 20 % slower",
		actual: "3 % faster",
		seconds: 40,
	} as const;
	await recordResult(
		reports,
		{ verb: "perf compare", startedAt },
		{
			outcome: "passed",
			checks: [check],
			next: "As fast as before",
			facts: { reports: [join(reports, "perf-compare.svg")] },
		},
	);
	await recordResult(
		reports,
		{ verb: "uat", startedAt },
		{
			outcome: "passed",
			checks: [{ ...check, name: "login" }],
			next: "User acceptance PASSED",
			facts: {
				scenarios: [
					{
						name: "login",
						steps: [{ title: "opens the page", screenshot: "uat-login-1.svg" }],
					},
				],
			},
		},
	);
	await recordResult(
		reports,
		{ verb: "decide", startedAt },
		{
			outcome: "failed",
			checks: [{ ...check, name: "mandatory criteria", outcome: "failed" }],
			next: "NO-GO; next: cutover approve",
			facts: {
				decision: "NO-GO",
				criteria: [
					{
						name: "Security approval obtained",
						state: "NOT_RUN",
						mandatory: true,
					},
				],
				password: "canary-password",
			},
		},
	);
}
