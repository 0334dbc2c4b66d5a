import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scenarioOf } from "../../../cutover/src/perf/account.ts";
import {
	loadScenario,
	scenarioDigest,
	usualScenario,
} from "../../../cutover/src/perf/scenario.ts";
import { baselineSettingsSchema } from "../../../cutover/src/perf/settings.ts";

describe("the scenario of a measurement", () => {
	let folder: string;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-scenario-"));
	});
	after(async () => {
		await rm(folder, { recursive: true, force: true });
	});
	const load = async (text: string) => {
		const file = join(folder, "scenario.yaml");
		await writeFile(file, text);
		return await loadScenario(file);
	};

	it("is Trusted Login's where none is named", async () => {
		assert.equal(await loadScenario(undefined), usualScenario);
	});

	it("is read from YAML, with what decides and thresholds", async () => {
		const scenario = await load(
			"threshold: 0.1\nendpoints:\n  - { name: home, path: /, decide: [p50, p95] }\n",
		);
		assert.equal(scenario.threshold, 0.1);
		assert.deepEqual(scenario.endpoints[0]?.decide, ["p50", "p95"]);
		assert.deepEqual(scenario.decide, ["p50"]);
	});

	it("says what does not fit", async () => {
		for (const [text, message] of [
			["endpoints:\n  - { name: home, path: home }\n", /does not fit.*path/s],
			["thresold: 0.1\n", /does not fit.*thresold/s],
			["endpoints: []\n", /expected at least one endpoint or query, got none/],
			[
				"endpoints:\n  - { name: a, path: / }\n  - { name: a, path: /b }\n",
				/expected each name once, got "a" twice/,
			],
			["endpoints: [", /scenario\.yaml: /],
		] as const) {
			await assert.rejects(load(text), { name: "UsageError", message });
		}
		await assert.rejects(loadScenario(join(folder, "none.yaml")), {
			name: "UsageError",
			message: /ENOENT/,
		});
	});

	it("has another digest when something else is asked, and the same when only the verdict changes", () => {
		const digest = scenarioDigest(usualScenario);
		const [first] = usualScenario.endpoints;
		assert.notEqual(
			scenarioDigest({ ...usualScenario, endpoints: first ? [first] : [] }),
			digest,
		);
		assert.equal(
			scenarioDigest({ ...usualScenario, threshold: 0.5, decide: ["p95"] }),
			digest,
		);
	});

	it("signs in, and measures signing in, with the first canary", async () => {
		const canary = { email: "canary@example.com", password: "sings" };
		const settings = baselineSettingsSchema.parse({
			baseUrl: "http://localhost:8007",
			canaries: JSON.stringify([canary]),
		});
		const scenario = await scenarioOf(settings);
		assert.deepEqual(scenario.signIn?.account, canary);
		const signIn = scenario.endpoints.find(({ name }) => name === "sign-in");
		assert.deepEqual(signIn?.json, canary);
	});
});
