import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
	type Acceptance,
	badChecks,
	leftovers,
	openAcceptance,
} from "./app/acceptance.ts";
import {
	type Release,
	startCurrentRelease,
	startLegacyRelease,
} from "./app/releases.ts";
import { defectGroups } from "./app/uiDefects.ts";

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

	async function passesEverything(
		release: Release,
		users: "auth.users" | "legacy_users",
	) {
		const profileOf = async () =>
			JSON.stringify(
				await release.query(
					users === "auth.users"
						? "select username, preferences from public.profiles order by id"
						: "select username, settings from legacy_users where id = 1",
				),
			);
		const before = await profileOf();
		const { result, reportDir } = await acceptance.accept(release);
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

	for (const group of defectGroups) {
		const title = group.map(({ name }) => name).join("; ");
		it(`names what is broken, and nothing else: ${title}`, async () => {
			const { result, reportDir } = await acceptance.accept(current, {
				uat: await acceptance.config("timeoutSeconds: 3"),
				defects: group,
			});
			const wanted = group.flatMap(({ fails }) => fails);
			assert.deepEqual(badChecks(result).toSorted(), wanted.toSorted());
			assert.equal(result.outcome, "failed");
			const passed = names.length - group.length;
			assert.match(
				result.next,
				new RegExp(
					`${passed >= 5 ? "CONDITIONAL" : "FAILED"}: ${passed} of 7 scenarios`,
				),
			);
			for (const { fails, names: named } of group) {
				const bad = result.checks.find(({ name }) => name === fails[0]);
				assert.match([bad?.actual, ...(bad?.details ?? [])].join("\n"), named);
				const [scenario = ""] = (fails[0] ?? "").split(":");
				const kept = await readdir(join(reportDir, "uat", scenario));
				assert.ok(kept.includes("trace.zip"), scenario);
			}
			assert.deepEqual(await leftovers(current, "auth.users"), []);
		});
	}
});
