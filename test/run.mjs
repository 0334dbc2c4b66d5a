// Runs the named stages in order and ends with one line that counts them all: `N passed, N failed`.
//   node test/run.mjs check              format, lint, types, arrows, unit tests
//   node test/run.mjs check integration  the same, then real servers and the real engine
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bin = (name) => join("node_modules", ".bin", name);
const mocha = (files, ...more) => ({
	argv: [bin("mocha"), "--reporter", "test/reporter.cjs", ...more, ...files],
	counts: true,
});

// The compiler takes what it is given: part by part and with less, the whole project is checked in 400 MB.
const smallHeap = ["--max-old-space-size=320", "--max-semi-space-size=4"];

// Parts that hand their declarations on (into node_modules/.cache): whatever builds on them reads those instead of sources.
const declaring = ["data", "proof"];

const stages = {
	check: [
		[
			"format and lint",
			{ argv: [bin("biome"), "ci", "--error-on-warnings", "."] },
		],
		...[
			"program",
			...declaring,
			"cutover",
			"tests",
			"moving",
			"cloud",
			"app",
			"rehearsal",
			"bench",
		].map((part) => [
			`types of ${part}`,
			{
				argv: [
					process.execPath,
					...smallHeap,
					"node_modules/typescript/lib/tsc.js",
					...(declaring.includes(part) ? [] : ["--noEmit"]),
					"-p",
					`tsconfig.${part}.json`,
				],
			},
		]),
		[
			"arrows",
			{
				argv: [
					bin("depcruise"),
					"index.ts",
					"config.ts",
					"settings",
					"components",
					"golive",
					"policies",
					"cutover",
					"rehearsal",
					"bench",
					"test",
				],
			},
		],
		[
			"unit tests",
			mocha(testFiles((path) => !path.startsWith(join("test", "integration")))),
		],
	],
	integration: [
		[
			"integration tests",
			mocha(
				testFiles((path) => path.startsWith(join("test", "integration"))),
				"--timeout",
				"300000",
			),
		],
	],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in stages));
if (wanted.length === 0 || unknown.length > 0) {
	console.error(
		`usage: node test/run.mjs ${Object.keys(stages).join("|")} ...`,
	);
	process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), "trusted-login-test-"));
let passed = 0;
let failed = 0;
for (const [title, stage] of wanted.flatMap((name) => stages[name])) {
	const started = Date.now();
	console.log(`\n== ${title}`);
	const countsFile = join(scratch, `${title.replaceAll(" ", "-")}.json`);
	const { status } = spawnSync(stage.argv[0], stage.argv.slice(1), {
		stdio: "inherit",
		env: { ...process.env, TEST_COUNTS_FILE: countsFile },
	});
	const counts = stage.counts
		? readCounts(countsFile)
		: { passes: status === 0 ? 1 : 0, failures: status === 0 ? 0 : 1 };
	if (status !== 0 && counts.failures === 0) counts.failures = 1;
	passed += counts.passes;
	failed += counts.failures;
	console.log(
		`== ${title}: ${status === 0 ? "passed" : "FAILED"} in ${((Date.now() - started) / 1000).toFixed(1)} s`,
	);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function testFiles(wantedPath) {
	return readdirSync("test", { recursive: true })
		.map((path) => join("test", path))
		.filter((path) => path.endsWith(".test.ts") && wantedPath(path))
		.sort();
}

// A runner that died before its end left no counts: that is a failure, never a pass.
function readCounts(file) {
	try {
		const { passes, failures } = JSON.parse(readFileSync(file, "utf8"));
		return { passes, failures };
	} catch {
		return { passes: 0, failures: 1 };
	}
}
