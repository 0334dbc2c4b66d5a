// Runs the named stages in order and ends with one line that counts them all: `N passed, N failed`.
//   node test/run.mjs check              format, lint, types, arrows, unit tests
//   node test/run.mjs check integration  the same, then real servers and the real engine
import { spawn } from "node:child_process";
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
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
			...declaring,
			"program",
			"policies",
			"gate",
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
				needs: declaring
					.slice(
						0,
						declaring.includes(part) ? declaring.indexOf(part) : undefined,
					)
					.map((one) => `types of ${one}`),
			},
		]),
		[
			"arrows",
			{
				argv: [
					bin("depcruise"),
					"index.ts",
					"config.ts",
					"gate.ts",
					"settings",
					"components",
					"deploy",
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
// What is quick goes side by side, each told when it ends; the long tests go alone and are seen as they go.
for (const name of wanted) {
	const isQuick = name === "check";
	await runAll(
		stages[name],
		isQuick ? Math.min(availableParallelism(), 4) : 1,
		!isQuick,
	);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
// As `cutover evidence record tests --result` takes them.
if (process.env.TEST_TOTALS_FILE) {
	const totals = { passes: passed, failures: failed };
	writeFileSync(process.env.TEST_TOTALS_FILE, `${JSON.stringify(totals)}\n`);
}
// Not process.exit: a reader slower than we are would miss the last lines.
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runAll(tasks, atOnce, isLive) {
	const done = new Set();
	const left = [...tasks];
	const running = new Set();
	while (left.length > 0 || running.size > 0) {
		const ready = left.findIndex(([, { needs = [] }]) =>
			needs.every((need) => done.has(need)),
		);
		if (ready >= 0 && running.size < atOnce) {
			const [[title, task]] = left.splice(ready, 1);
			const run = runTask(title, task, isLive).then(() => {
				done.add(title);
				running.delete(run);
			});
			running.add(run);
		} else {
			await Promise.race(running);
		}
	}
}

async function runTask(title, task, isLive) {
	const started = Date.now();
	if (isLive) console.log(`\n== ${title}`);
	const countsFile = join(scratch, `${title.replaceAll(" ", "-")}.json`);
	const child = spawn(task.argv[0], task.argv.slice(1), {
		stdio: isLive ? "inherit" : ["ignore", "pipe", "pipe"],
		env: { ...process.env, TEST_COUNTS_FILE: countsFile },
	});
	let said = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding("utf8").on("data", (text) => {
			said += text;
		});
	}
	const status = await new Promise((resolve) => {
		child.once("error", () => resolve(null));
		child.once("close", resolve);
	});
	const counts = task.counts
		? readCounts(countsFile)
		: { passes: status === 0 ? 1 : 0, failures: status === 0 ? 0 : 1 };
	if (status !== 0 && counts.failures === 0) counts.failures = 1;
	passed += counts.passes;
	failed += counts.failures;
	if (!isLive) console.log(`\n== ${title}\n${said.trimEnd()}`);
	console.log(
		`== ${title}: ${status === 0 ? "passed" : "FAILED"} in ${((Date.now() - started) / 1000).toFixed(1)} s`,
	);
}

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
