import assert from "node:assert/strict";
import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../cutover/src/program.ts";
import { restoreEnvironment } from "../environment.ts";

/** Runs the command line inside this process. */
async function run(...args: string[]) {
	let stdout = "";
	let stderr = "";
	const exitCode = await runProgram(args, {
		stdout: { write: (text) => (stdout += text) },
		stderr: { write: (text) => (stderr += text) },
		signal: new AbortController().signal,
	});
	return { exitCode, stdout, stderr };
}

describe("the command line", () => {
	const environment = { ...process.env };
	beforeEach(() => {
		delete process.env.SOURCE_DATABASE_URL;
		delete process.env.TARGET_DATABASE_URL;
		delete process.env.DATABASE_URL;
		delete process.env.CUTOVER_REPORT_DIR;
	});
	afterEach(() => {
		restoreEnvironment(environment);
	});

	it("shows every phase and exit code in its help, and exits 0", async () => {
		const { exitCode, stdout } = await run("--help");
		assert.equal(exitCode, 0);
		for (const part of [
			"Move the data:",
			"Cut over:",
			"Exit codes: 0 passed",
		]) {
			assert.ok(stdout.includes(part), part);
		}
	});

	it("exits 2 for an unknown verb", async () => {
		const { exitCode, stderr } = await run("convrt");
		assert.equal(exitCode, 2);
		assert.match(stderr, /unknown command 'convrt'/);
	});

	it("names every option that is needed, and exits 2", async () => {
		const { exitCode, stdout, stderr } = await run("convert");
		assert.equal(exitCode, 2);
		assert.equal(stdout, "");
		assert.match(
			stderr,
			/--source: is needed \(or SOURCE_DATABASE_URL\); --target: is needed \(or TARGET_DATABASE_URL\)/,
		);
	});

	it("never repeats a bad address, which may hold a password", async () => {
		const { stderr } = await run(
			"schema",
			"status",
			"--target",
			"mysql://ada:s3cret@db/app",
		);
		assert.match(stderr, /--target: expected postgresql:/);
		assert.ok(!stderr.includes("s3cret"));
	});

	it("reads options from the environment, an empty one as none", async () => {
		process.env.TARGET_DATABASE_URL = "";
		const { exitCode, stderr } = await run("schema", "status");
		assert.equal(exitCode, 2);
		assert.match(stderr, /--target: is needed/);
	});

	it("names the variable whose value makes no sense, and exits 2", async () => {
		process.env.SOURCE_DATABASE_URL = "postgresql://127.0.0.1:1/a";
		process.env.TARGET_DATABASE_URL = "postgresql://127.0.0.1:1/b";
		process.env.CUTOVER_WORKERS = "many";
		const { exitCode, stderr } = await run("convert");
		assert.equal(exitCode, 2);
		assert.match(stderr, /cutover convert: CUTOVER_WORKERS \(--workers\): /);
	});

	it("takes a switch that is false for one that is not set", async () => {
		process.env.TARGET_DATABASE_URL = "postgresql://127.0.0.1:1/a";
		process.env.CUTOVER_JSON = "false";
		const plain = await run("schema", "status");
		assert.match(plain.stdout, /^FAIL/);
		process.env.CUTOVER_JSON = "true";
		const json = await run("schema", "status");
		assert.equal(JSON.parse(json.stdout).outcome, "failed");
	});

	it("refuses a report address that it cannot write to, and names where it came from", async () => {
		process.env.TARGET_DATABASE_URL = "postgresql://127.0.0.1:1/a";
		process.env.CUTOVER_REPORT_DIR = "gs://bucket/reports";
		const { exitCode, stderr } = await run("schema", "diff");
		assert.equal(exitCode, 2);
		assert.match(
			stderr,
			/CUTOVER_REPORT_DIR \(--report-dir\): expected a folder or s3:\/\/bucket\/prefix, got an address that begins with gs:/,
		);
	});

	it("records a result only where a folder is named, and then shows it on the page", async () => {
		const folder = mkdtempSync(join(tmpdir(), "program-test-"));
		const reports = join(folder, "reports");
		const ask = (...more: string[]) =>
			run(
				"schema",
				"status",
				"--target",
				"postgresql://a:b@127.0.0.1:1/x",
				...more,
			);
		try {
			await ask();
			assert.equal(existsSync(reports), false);
			const { exitCode } = await ask("--report-dir", reports);
			assert.equal(exitCode, 1);
			assert.match(
				readFileSync(join(reports, "status.html"), "utf8"),
				/cannot reach the target at 127\.0\.0\.1:1/,
			);
			process.env.CUTOVER_REPORT_DIR = reports;
			await run("convert");
			assert.deepEqual(readdirSync(join(reports, "results")), [
				"schema-status.json",
			]);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});

	it("exits 1 with host and port when nobody answers, without the password", async () => {
		const { exitCode, stdout, stderr } = await run(
			"schema",
			"status",
			"--json",
			"--target",
			"postgresql://ada:s3cret@127.0.0.1:1/app",
		);
		assert.equal(exitCode, 1);
		const result = JSON.parse(stdout);
		assert.equal(result.outcome, "failed");
		assert.match(
			result.checks[0].actual,
			/^cannot reach the target at 127\.0\.0\.1:1: .*ECONNREFUSED/,
		);
		assert.ok(!`${stdout}${stderr}`.includes("s3cret"));
	});
});
