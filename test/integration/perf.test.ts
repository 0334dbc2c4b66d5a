import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Copy, startCopy } from "../../bench/perf/servers.ts";
import { type Stage, startStage } from "../../bench/perf/stage.ts";
import { silentTalk } from "../../cutover/src/console.ts";
import { InterruptedError } from "../../cutover/src/errors.ts";
import { parseBaseline } from "../../cutover/src/perf/baseline.ts";
import { comparePerformance } from "../../cutover/src/perf/compare.ts";
import {
	baselineSettingsSchema,
	compareSettingsSchema,
} from "../../cutover/src/perf/settings.ts";
import { takeBaseline } from "../../cutover/src/perf/takeBaseline.ts";

const never = new AbortController().signal;
const short = { warmUpSeconds: 0, maxSeconds: 20 };

describe("performance, measured and compared", function () {
	this.timeout(120_000);
	let folder: string;
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-perf-"));
	});
	afterEach(async () => {
		await rm(folder, { recursive: true, force: true });
	});
	const compare = (
		options: Readonly<Record<string, unknown>>,
		signal = never,
	) =>
		comparePerformance(
			compareSettingsSchema.parse({ reportDir: folder, ...short, ...options }),
			silentTalk,
			signal,
		);

	describe("of the real application", () => {
		let stage: Stage;
		let copy: Copy;
		before(async () => {
			stage = await startStage(100);
			copy = await startCopy({
				folder: stage.backend,
				environment: stage.environment,
				factor: 1,
			});
		});
		after(async () => {
			await copy?.stop();
			await stage?.stop();
		});

		it("has a baseline of every endpoint and query, which can be compared with later", async () => {
			const found = await takeBaseline(
				baselineSettingsSchema.parse({
					reportDir: folder,
					baseUrl: copy.url,
					database: stage.database,
					rounds: 12,
					...short,
				}),
				silentTalk,
				never,
			);
			assert.equal(found.outcome, "passed", JSON.stringify(found.checks));
			const file = join(folder, "performance_baseline.json");
			const { metrics, fingerprint, errors } = parseBaseline(
				await readFile(file, "utf8"),
			);
			for (const name of [
				"all endpoints p50",
				"health p50",
				"sign-in p50",
				"workflows p95",
				"screenshot throughput",
				"query: user by e-mail p50",
				"query: 100 workflows p99",
			]) {
				assert.ok((metrics[name]?.value ?? 0) > 0, name);
			}
			assert.equal(metrics["health p50"]?.rounds?.length, 12);
			assert.deepEqual(fingerprint?.dataSet, {
				users: 101,
				workflows: 302,
				steps: 604,
			});
			assert.ok((fingerprint?.referenceMs ?? 0) > 0);
			assert.ok(Object.values(errors).every(({ failed }) => failed === 0));

			const later = await compare({ before: file, afterUrl: copy.url });
			// Queries were measured before and not after: nothing is passed that was not looked at.
			assert.equal(later.outcome, "inconclusive");
			assert.match(
				later.checks[0]?.details?.join() ?? "",
				/query: user by e-mail p50 was measured before and not after/,
			);
			const same = await compare({ before: file, after: file });
			// On a busy machine the interval is wide and it stays undecided; the figures themselves are equal.
			assert.notEqual(same.outcome, "failed", JSON.stringify(same.checks));
			const [comparable, ...figures] = same.checks;
			assert.equal(comparable?.outcome, "passed");
			assert.ok(figures.length > 0);
			for (const { actual } of figures) assert.match(actual, /^±0\.0 %/);
		});

		it("compares two running systems in turn and writes report, pictures and samples", async () => {
			const found = await compare({
				beforeUrl: copy.url,
				afterUrl: copy.url,
				beforeDatabase: stage.database,
				afterDatabase: stage.database,
			});
			// The same process twice: undecided on a busy machine, but never worse.
			assert.notEqual(found.outcome, "failed", JSON.stringify(found.checks));
			for (const name of [
				"perf_compare.md",
				"perf_compare.json",
				"perf_compare.svg",
				"perf_compare.png",
				"perf_compare-distribution.svg",
				"perf_compare-distribution.png",
			]) {
				assert.ok(existsSync(join(folder, name)), name);
			}
			const samples = readSamples(folder);
			assert.deepEqual([...new Set(samples.map(({ side }) => side))].sort(), [
				"after",
				"before",
			]);
			assert.ok(samples.every(({ ms }) => ms.length > 0));
		});

		it("says which sign-in was refused", async () => {
			await assert.rejects(
				compare({
					beforeUrl: copy.url,
					afterUrl: copy.url,
					canaries: '[{"email": "nobody@example.com", "password": "wrong"}]',
				}),
				{
					name: "RefusedError",
					message:
						/^before: expected POST .*\/api\/v1\/auth\/login to answer 200, got 401; /,
				},
			);
		});
	});

	describe("of servers that are slow or broken", () => {
		const servers: Server[] = [];
		afterEach(async () => {
			for (const server of servers.splice(0)) {
				server.closeAllConnections();
				await new Promise((resolve) => server.close(resolve));
			}
		});

		/** A server that answers after so many milliseconds, and with an error from the nth request on. */
		async function serve(ms: number, errorsFrom = Infinity): Promise<string> {
			let asked = 0;
			const server = createServer((request, response) => {
				if (request.url !== "/health") asked += 1;
				const status = asked >= errorsFrom ? 500 : 200;
				setTimeout(() => {
					response.writeHead(status);
					response.end("{}");
				}, ms);
			});
			servers.push(server);
			server.listen(0, "127.0.0.1");
			await once(server, "listening");
			const address = server.address();
			assert.ok(typeof address === "object" && address !== null);
			return `http://127.0.0.1:${address.port}`;
		}
		const scenario = async () => {
			const file = join(folder, "scenario.json");
			await writeFile(
				file,
				JSON.stringify({ endpoints: [{ name: "page", path: "/page" }] }),
			);
			return file;
		};

		it("fails what takes three times as long, and names it", async () => {
			const found = await compare({
				scenario: await scenario(),
				beforeUrl: await serve(3),
				afterUrl: await serve(12),
			});
			assert.equal(found.outcome, "failed", JSON.stringify(found.checks));
			assert.match(found.next, /^Surely worse: page p50/);
		});

		it("does not fail what has become faster", async () => {
			const found = await compare({
				scenario: await scenario(),
				beforeUrl: await serve(12),
				afterUrl: await serve(3),
			});
			assert.equal(found.outcome, "passed", JSON.stringify(found.checks));
		});

		it("fails by errors that begin in the middle, without waiting for the end", async () => {
			const found = await compare({
				scenario: await scenario(),
				beforeUrl: await serve(1),
				afterUrl: await serve(1, 40),
			});
			assert.equal(found.outcome, "failed");
			const errors = found.checks.find(({ name }) => name === "page errors");
			assert.match(errors?.actual ?? "", /^too many errors after/);
			assert.match(
				await readFile(join(folder, "perf_compare.md"), "utf8"),
				/Ended early: most answers are errors/,
			);
		});

		it("is undecided when the errors were there before", async () => {
			const found = await compare({
				scenario: await scenario(),
				beforeUrl: await serve(1, 40),
				afterUrl: await serve(1),
			});
			assert.equal(found.outcome, "inconclusive");
		});

		it("says which side does not answer", async () => {
			const gone = await serve(1);
			const server = servers.pop();
			server?.close();
			await assert.rejects(
				compare({
					scenario: await scenario(),
					beforeUrl: await serve(1),
					afterUrl: gone,
				}),
				{
					name: "UnreachableError",
					message: /^cannot reach the application after at http.*ECONNREFUSED/,
				},
			);
		});

		it("keeps what was measured when it is stopped, and calls it undecided", async () => {
			const stop = new AbortController();
			const running = compare(
				{
					scenario: await scenario(),
					beforeUrl: await serve(20),
					afterUrl: await serve(20),
				},
				stop.signal,
			);
			await until(() => readSamples(folder).length >= 4);
			stop.abort(new InterruptedError("stopped by SIGTERM"));
			const found = await running;
			assert.equal(found.outcome, "inconclusive");
			assert.ok(readSamples(folder).length >= 4);
			assert.match(
				await readFile(join(folder, "perf_compare.md"), "utf8"),
				/Ended early: stopped in round/,
			);
		});

		it("leaves the samples of whole rounds behind when it is killed", async () => {
			const child = spawn(
				process.execPath,
				[
					"cutover/bin/cutover.mjs",
					...["perf", "compare", "--warm-up-seconds", "0"],
					...["--scenario", await scenario(), "--report-dir", folder],
					...["--before-url", await serve(20)],
					...["--after-url", await serve(20)],
				],
				{ stdio: "ignore" },
			);
			const ended = once(child, "exit");
			await until(() => readSamples(folder).length >= 4);
			child.kill("SIGKILL");
			await ended;
			assert.ok(readSamples(folder).length >= 4);
			assert.ok(!existsSync(join(folder, "perf_compare.json")));
		});
	});
});

interface Line {
	readonly side: string;
	readonly ms: readonly number[];
}

/** The samples kept so far; every line is whole. */
function readSamples(folder: string): readonly Line[] {
	const file = join(folder, "perf_compare_samples.ndjson");
	if (!existsSync(file)) return [];
	const [, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
	return lines.map((line) => JSON.parse(line) as Line);
}

async function until(isSo: () => boolean): Promise<void> {
	for (let tries = 0; tries < 600; tries += 1) {
		if (isSo()) return;
		await sleep(50);
	}
	throw new Error("it did not come so far in 30 s");
}
