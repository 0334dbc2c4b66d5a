import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	launchBrowser,
	requireBrowser,
} from "../../cutover/src/adapters/browser.ts";
import type { Browser } from "../../cutover/src/adapters/playwright.mjs";
import { silentTalk } from "../../cutover/src/console.ts";
import type { Result } from "../../cutover/src/outcome.ts";
import { type UatPorts, uat } from "../../cutover/src/uat/run.ts";
import { type UatSettings, uatSchema } from "../../cutover/src/uat/settings.ts";
import { testAccount } from "../../rehearsal/seed/accounts.ts";
import {
	type Release,
	startCurrentRelease,
	startLegacyRelease,
} from "./app/releases.ts";
import { breakBrowser, uiDefects } from "./app/uiDefects.ts";

const names = [
	"registration",
	"login",
	"workflow-creation",
	"execution",
	"management",
	"profile",
	"responsive-design",
];

describe("user acceptance in a real browser", function () {
	this.timeout(120_000);
	let browser: Browser;
	let folder: string;
	let current: Release;

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-uat-"));
		browser = await launchBrowser(requireBrowser());
		current = await startCurrentRelease();
	});
	after(async () => {
		await current?.stop();
		await browser?.close();
		await rm(folder, { recursive: true, force: true });
	});

	let nth = 0;
	/** Runs the acceptance with one browser for all tests. */
	async function accept(
		release: Pick<Release, "baseUrl" | "databaseUrl">,
		options: Partial<UatSettings> = {},
		ports: Partial<UatPorts> = {},
		signal = new AbortController().signal,
	): Promise<{ readonly result: Result; readonly reportDir: string }> {
		nth += 1;
		const settings: UatSettings = {
			...uatSchema.parse({
				baseUrl: release.baseUrl,
				database: release.databaseUrl,
				password: testAccount.password,
				reportDir: join(folder, String(nth)),
			}),
			...options,
		};
		const result = await uat(settings, silentTalk, signal, {
			launch: async () => breakBrowser(browser, undefined),
			...ports,
		});
		return { result, reportDir: settings.reportDir };
	}

	const badChecks = ({ checks }: Result) =>
		checks
			.filter(({ outcome }) => outcome !== "passed")
			.map(({ name }) => name);

	const leftovers = (release: Release, users: string) =>
		release.query(
			`select email as what from ${users} where email like 'uat-%'
			union all select name from public.workflows where name like 'UAT %'`,
		);

	async function passesEverything(release: Release, users: string) {
		const profileOf = async () =>
			JSON.stringify(
				await release.query(
					users === "auth.users"
						? "select username, preferences from public.profiles order by id"
						: "select username, settings from legacy_users where id = 1",
				),
			);
		const before = await profileOf();
		const { result, reportDir } = await accept(release);
		assert.deepEqual(badChecks(result), []);
		assert.equal(result.outcome, "passed");
		assert.match(
			result.next,
			/^User acceptance PASSED: 7 of 7 scenarios \(100 %\) in \d+\.\d s; report in .*uat\.html$/,
		);
		const report = JSON.parse(
			await readFile(join(reportDir, "uat.json"), "utf8"),
		);
		assert.deepEqual(
			report.scenarios.map(({ name }: { name: string }) => name),
			names,
		);
		assert.equal(report.finished, true);
		assert.deepEqual(report.data.left, []);
		assert.deepEqual(await leftovers(release, users), []);
		assert.equal(await profileOf(), before);
		const html = await readFile(join(reportDir, "uat.html"), "utf8");
		for (const scenario of report.scenarios) {
			assert.equal(scenario.trace, undefined);
			const pictures = await readdir(join(reportDir, "uat", scenario.name));
			assert.equal(pictures.length, scenario.steps.length);
			for (const { screenshot } of scenario.steps) {
				assert.ok(html.includes(`src="${screenshot}"`), screenshot);
			}
		}
		assert.doesNotMatch(html, /https?:\/\/(?!127\.0\.0\.1)/);
	}

	it("accepts the current release and leaves nothing behind", () =>
		passesEverything(current, "auth.users"));

	it("accepts the legacy release and leaves nothing behind", async () => {
		const legacy = await startLegacyRelease();
		try {
			await passesEverything(legacy, "legacy_users");
		} finally {
			await legacy.stop();
		}
	});

	for (const defect of uiDefects) {
		it(`names what is broken: ${defect.name}`, async () => {
			const config = join(folder, "quick.yaml");
			const { writeFile } = await import("node:fs/promises");
			await writeFile(config, "timeoutSeconds: 3\n");
			const { result, reportDir } = await accept(
				current,
				{ uat: config },
				{ launch: async () => breakBrowser(browser, defect) },
			);
			assert.deepEqual(badChecks(result), defect.fails);
			assert.equal(result.outcome, "failed");
			const bad = result.checks.find(({ name }) => name === defect.fails[0]);
			assert.match(bad?.actual ?? "", defect.names);
			assert.match(result.next, /CONDITIONAL: 6 of 7 scenarios \(86 %\)/);
			const [scenario = ""] = (defect.fails[0] ?? "").split(":");
			const kept = await readdir(join(reportDir, "uat", scenario));
			assert.ok(kept.includes("trace.zip"));
			assert.deepEqual(await leftovers(current, "auth.users"), []);
		});
	}
});
