import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProblems, type Summary } from "../../rehearsal/start/summary.ts";

const checkout = resolve(import.meta.dirname, "../..");
const users = 20_000;
const portOffset = 1700;

/** `npm start` and `npm run down` on a home and ports of their own. */
class Start {
	readonly root = mkdtempSync(join(tmpdir(), "start-test-"));
	readonly home = join(this.root, "home");

	constructor() {
		// The database servers run as a user of their own and have to pass through.
		chmodSync(this.root, 0o711);
	}

	begin(
		script: "start" | "down",
		...more: string[]
	): ChildProcess & { output: () => string } {
		const child = spawn(
			process.execPath,
			["--import", "tsx", join("rehearsal", "bin", `${script}.ts`), ...more],
			{
				cwd: checkout,
				env: { ...process.env, TRUSTED_LOGIN_HOME: this.home },
				stdio: ["ignore", "pipe", "pipe"],
			},
		);
		let output = "";
		child.stdout.on("data", (chunk: Buffer) => {
			output += chunk;
		});
		child.stderr.on("data", (chunk: Buffer) => {
			output += chunk;
		});
		return Object.assign(child, { output: () => output });
	}

	async run(
		script: "start" | "down",
	): Promise<{ exitCode: number | null; output: string }> {
		const child = this.begin(
			script,
			...(script === "start" ? this.arguments : []),
		);
		const [exitCode] = await once(child, "close");
		return { exitCode, output: child.output() };
	}

	readonly arguments = [
		"--users",
		`${users}`,
		"--port-offset",
		`${portOffset}`,
		"--rate",
		"40",
	];

	page(): string {
		return readFileSync(join(this.home, "reports", "status.html"), "utf8");
	}

	private readonly summaryFile = join(this.home, "start", "summary.json");

	/** Only a start that came to its end writes one. */
	get hasSummary(): boolean {
		return existsSync(this.summaryFile);
	}

	summary(): Summary {
		return JSON.parse(readFileSync(this.summaryFile, "utf8"));
	}
}

describe("npm start", function () {
	this.timeout(600_000);
	const start = new Start();

	after(async () => {
		if (existsSync(start.home)) await start.run("down");
		for (const pid of processesOf(start.home)) process.kill(pid, "SIGKILL");
		rmSync(start.root, { recursive: true, force: true });
	});

	it("says before it makes anything which port another program has", async () => {
		const port = 8443 + portOffset;
		const squatter = createServer();
		await new Promise<void>((done) =>
			squatter.listen(port, "127.0.0.1", () => done()),
		);
		const { exitCode, output } = await start.run("start");
		await new Promise((done) => squatter.close(done));
		assert.equal(exitCode, 1, output);
		assert.match(
			output,
			new RegExp(
				`expected port ${port} on 127.0.0.1 to be free, but node \\(process ${process.pid}\\) uses it; end that, or choose another port with npm start -- --port-offset N`,
			),
		);
		assert.deepEqual(processesOf(start.home), []);
	});

	it("stops with one clear error when the engine is killed while the job converts", async () => {
		const child = start.begin("start", ...start.arguments);
		await waitFor(() => isConverting(start.home), child);
		for (const pid of processesOf(start.home).filter(isEngine))
			process.kill(pid, "SIGKILL");
		const [exitCode] = await once(child, "close");
		assert.equal(exitCode, 1, child.output());
		assert.match(child.output(), /pulumi ended with/);
		assert.match(child.output(), /npm start goes on from here/);
		assert.match(start.page(), /1 check failing/);
		assert.match(start.page(), /No cutover is recorded: legacy serves/);
	});

	it("goes on from there: no row lost or doubled, no acknowledged write lost", async () => {
		const { output } = await start.run("start");
		assert.ok(start.hasSummary, output);
		const summary = start.summary();
		assert.ok(summary.load, "the load ran");
		// How long writes were refused is measured by npm start itself; here the machine may be busy with anything.
		const load = { ...summary.load, refusalWindowMs: 0 };
		assert.deepEqual(findProblems({ ...summary, load }), [], output);
		const counted = summary.rows.find((row) => row.table === "users");
		assert.equal(counted?.source, users);
		assert.ok(
			counted.quarantined > 0,
			"the seeded system holds rows that cannot migrate",
		);
		assert.ok(load.requests > 100, output);
		assert.deepEqual(Object.keys(load.byRelease).sort(), [
			"1.0.0",
			"2.0.0",
			"legacy",
		]);
		assert.ok(
			(summary.ledger?.lookedUp ?? 0) > 0,
			"writes were acknowledged and looked up",
		);
		assert.equal(summary.signIns.worked, summary.signIns.tried);
		assert.match(output, /status page +file:\/\/.*reports\/status\.html/);
		for (const part of [
			"Migration status: dev",
			"Provision the new system, idle",
			"Fence, final sync, validate, switch the traffic",
			"rows: users",
			"adds up",
			"the new system",
			"refused",
			"release watch trusted-login-backend",
		])
			assert.ok(start.page().includes(part), part);
	});

	it("does nothing the second time, and says so", async () => {
		const { exitCode, output } = await start.run("start");
		assert.equal(exitCode, 0, output);
		assert.match(output, /= Send release 2\.0\.0 out blue-green.*no changes/);
		assert.doesNotMatch(output, /Convert the data/);
	});

	it("is removed by npm run down without leaving a process or a folder", async () => {
		const { exitCode, output } = await start.run("down");
		assert.equal(exitCode, 0, output);
		assert.equal(existsSync(start.home), false);
		await sleep(500);
		assert.deepEqual(processesOf(start.home), []);
	});
});

/** The log of a running conversion: the task has spoken. */
function isConverting(home: string): boolean {
	const logs = join(home, "cloud", "logs");
	if (!existsSync(logs)) return false;
	return readdirSync(logs, { recursive: true })
		.map(String)
		.some((path) => path.includes("convert") && path.endsWith(".log"));
}

async function waitFor(
	condition: () => boolean,
	child: ChildProcess & { output: () => string },
): Promise<void> {
	while (!condition()) {
		assert.equal(child.exitCode, null, `ended too early:\n${child.output()}`);
		await sleep(50);
	}
}

function processesOf(home: string): number[] {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((pid) => pid !== process.pid && mentions(pid, home));
}

function mentions(pid: number, home: string): boolean {
	return ["environ", "cmdline"].some((name) =>
		readOrEmpty(`/proc/${pid}/${name}`).includes(home),
	);
}

const isEngine = (pid: number) =>
	readOrEmpty(`/proc/${pid}/comm`).trim() === "pulumi";

function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}
