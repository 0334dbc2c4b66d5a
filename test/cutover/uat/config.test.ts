import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../cutover/src/uat/loadConfig.ts";
import {
	loadScenarios,
	requireKnown,
} from "../../../cutover/src/uat/loadScenarios.ts";
import { uatSchema } from "../../../cutover/src/uat/settings.ts";

describe("the configuration of an acceptance", () => {
	let folder: string;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-uat-config-"));
	});
	after(() => rm(folder, { recursive: true, force: true }));

	async function file(name: string, text: string): Promise<string> {
		const path = join(folder, name);
		await writeFile(path, text);
		return path;
	}

	it("is Trusted Login's without a file", async () => {
		const { routes, selectors, values, viewports, account, thresholds } =
			await loadConfig();
		assert.deepEqual(
			[routes.register, routes.login, routes.afterLogin, routes.profile],
			["/register", "/login", "/dashboard", "/profile"],
		);
		assert.deepEqual(
			[
				selectors.registered,
				selectors.newWorkflow,
				selectors.addStep,
				selectors.saveWorkflow,
				selectors.workflowSaved,
				selectors.workflowItem,
				selectors.executeWorkflow,
				selectors.confirmExecute,
				selectors.executionStatus,
				selectors.workflowList,
				selectors.editWorkflow,
				selectors.workflowUpdated,
				selectors.profileForm,
				selectors.saveProfile,
				selectors.profileSaved,
			],
			[
				".success-message",
				"#new-workflow-btn",
				"#add-step-btn",
				"#save-workflow-btn",
				".workflow-saved",
				".workflow-item",
				"#execute-workflow-btn",
				"#confirm-execute-btn",
				".execution-status",
				".workflow-list",
				".edit-workflow-btn",
				".workflow-updated",
				"#profile-form",
				"#save-profile-btn",
				".profile-saved",
			],
		);
		assert.deepEqual([values.stepType, values.theme], ["Screenshot", "Dark"]);
		assert.deepEqual(
			viewports.map(
				({ width, height, selector }) => `${width}×${height} ${selector}`,
			),
			[
				"1920×1080 .navigation",
				"375×667 .mobile-menu",
				"768×1024 .tablet-layout",
			],
		);
		assert.equal(account.email, "test@example.com");
		assert.deepEqual(thresholds, { passed: 90, conditional: 70 });
	});

	it("changes only what the file says", async () => {
		const config = await loadConfig(
			await file(
				"one.yaml",
				"selectors: { registered: '#welcome' }\nscenarios: [own.mjs]\n",
			),
		);
		assert.equal(config.selectors.registered, "#welcome");
		assert.equal(config.selectors.newWorkflow, "#new-workflow-btn");
		assert.deepEqual(config.scenarios, [join(folder, "own.mjs")]);
	});

	it("names the file and every bad key", async () => {
		const path = await file(
			"bad.yaml",
			"selector: {}\nroutes: { login: login }\nthresholds: { passed: 50 }\nregistration: { email: a@b.c }\nallow: { console: ['('] }\n",
		);
		await assert.rejects(loadConfig(path), (error: Error) => {
			assert.equal(error.name, "UsageError");
			for (const part of [
				path,
				'"selector"',
				"expected a path such as /login",
				"expected conditional to be at most passed",
				"expected {run} in it",
				"expected a regular expression",
			]) {
				assert.ok(error.message.includes(part), part);
			}
			return true;
		});
	});

	it("has no place for a password", async () => {
		const path = await file("secret.yaml", "account: { password: s3cret }\n");
		await assert.rejects(loadConfig(path), (error: Error) => {
			assert.match(error.message, /password/);
			assert.doesNotMatch(error.message, /s3cret/);
			return true;
		});
	});

	it("says that a file cannot be read", async () => {
		await assert.rejects(
			loadConfig(join(folder, "none.yaml")),
			/--uat: cannot read .*none\.yaml: ENOENT/,
		);
	});

	it("takes a team's scenarios behind the seven, and refuses what is none", async () => {
		const own = await file(
			"own.mjs",
			'export default { name: "own", title: "Own", signedIn: false, async run() {} };',
		);
		const scenarios = await loadScenarios([own]);
		assert.equal(scenarios.length, 8);
		assert.equal(scenarios.at(-1)?.name, "own");
		requireKnown(["own", "login"], scenarios);
		assert.throws(
			() => requireKnown(["logn"], scenarios),
			/--only: no scenario logn; there are registration, login, /,
		);
		await assert.rejects(
			loadScenarios([own, own]),
			/own\.mjs is named own, as another one; rename it/,
		);
		const none = await file("none.mjs", 'export default { name: "No Name" };');
		await assert.rejects(
			loadScenarios([none]),
			/expected .*none\.mjs to export a scenario \{ name, title, signedIn, run \}/,
		);
		await assert.rejects(
			loadScenarios([join(folder, "missing.mjs")]),
			/cannot load the scenario .*missing\.mjs/,
		);
	});

	it("wants an address of the web", () => {
		for (const baseUrl of ["localhost:3000", "ftp://x", "nothing"]) {
			assert.equal(uatSchema.safeParse({ baseUrl }).success, false, baseUrl);
		}
		assert.equal(
			uatSchema.parse({ baseUrl: "http://localhost:3000/" }).baseUrl,
			"http://localhost:3000",
		);
	});
});
