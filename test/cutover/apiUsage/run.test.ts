import assert from "node:assert/strict";
import {
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { apiUsage } from "../../../cutover/src/apiUsage/run.ts";
import { usageSchema } from "../../../cutover/src/apiUsage/settings.ts";
import { silentTalk } from "../../../cutover/src/console.ts";

function line(
	day: string,
	path: string,
	agent = "old-app/1.0",
	client = "192.0.2.17",
	status = 200,
) {
	const [year, month, date] = day.split("-");
	const name = ["Oct", "Nov", "Dec"][Number(month) - 10];
	return `${client} - - [${date}/${name}/${year}:10:00:00 +0000] "GET ${path} HTTP/1.1" ${status} 12 "-" "${agent}"`;
}

describe("the use of the old API", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "usage-test-"));
		mkdirSync(join(folder, "logs", "deep"), { recursive: true });
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	const write = (name: string, content: string | Buffer) =>
		writeFileSync(join(folder, "logs", name), content);
	const run = async (options: Readonly<Record<string, string>> = {}) => {
		const settings = usageSchema.parse({
			logs: join(folder, "logs"),
			reportDir: join(folder, "reports"),
			...options,
		});
		const result = await apiUsage(
			settings,
			silentTalk,
			new AbortController().signal,
		);
		const report = JSON.parse(
			readFileSync(join(folder, "reports", "api-usage.json"), "utf8"),
		);
		const markdown = readFileSync(
			join(folder, "reports", "api-usage.md"),
			"utf8",
		);
		return { result, report, markdown };
	};

	it("is counted by endpoint, client and day over plain and packed files of a folder", async () => {
		write(
			"access.log",
			`${[
				line("2026-11-01", "/api/v1/workflows/1"),
				line(
					"2026-11-01",
					"/api/v1/workflows/2",
					"old-app/1.0",
					"198.51.100.9",
				),
				line("2026-11-02", "/api/v2/workflows"),
				line("2026-11-02", "/health"),
				line(
					"2026-11-02",
					"/api/v1/wp-admin.php",
					"scanner",
					"203.0.113.1",
					404,
				),
			].join("\r\n")}\n`,
		);
		write(
			join("deep", "access.log.1.gz"),
			gzipSync(
				`${line("2026-11-03", "/api/v1/profile", "other (ada@example.com)")}\n`,
			),
		);
		const { result, report, markdown } = await run();
		assert.equal(result.outcome, "passed");
		assert.deepEqual(
			[
				report.calls.old,
				report.calls.new,
				report.calls.other,
				report.calls.oldShare,
			],
			[4, 1, 1, 0.8],
		);
		assert.deepEqual(
			report.endpoints.map((one: { endpoint: string; count: number }) => [
				one.endpoint,
				one.count,
			]),
			[
				["GET /api/v1/workflows/{id}", 2],
				["(answered 404)", 1],
				["GET /api/v1/profile", 1],
			],
		);
		assert.deepEqual(report.clients[0].networks, ["192.0.2.x", "198.51.100.x"]);
		assert.equal(report.clients[0].first, "2026-11-01T10:00:00.000Z");
		assert.deepEqual(report.days, [
			{ day: "2026-11-01", old: 2, new: 0 },
			{ day: "2026-11-02", old: 1, new: 1 },
			{ day: "2026-11-03", old: 1, new: 0 },
		]);
		assert.match(markdown, /80\.0 % of both versions/);
		for (const personal of ["192.0.2.17", "198.51.100.9", "ada@example.com"]) {
			assert.ok(!JSON.stringify([result, report]).includes(personal), personal);
			assert.ok(!markdown.includes(personal), personal);
		}
	});

	it("fails when it was called on or after the day, and names the clients that did", async () => {
		write(
			"a.log",
			[
				line("2026-11-01", "/api/v1/profile", "long gone"),
				line("2026-11-09", "/api/v1/profile", "still here"),
				line("2026-11-20", "/api/v2/profile"),
			].join("\n"),
		);
		const { result } = await run({ failIfUsedSince: "2026-11-09" });
		const check = result.checks[1];
		assert.equal(result.outcome, "failed");
		assert.match(check?.actual ?? "", /^1 since then/);
		assert.deepEqual(check?.details, [
			"still here (192.0.2.x): 1, last 2026-11-09T10:00:00Z",
		]);
		assert.equal(
			(await run({ failIfUsedSince: "2026-11-10" })).result.outcome,
			"passed",
		);
	});

	it("cannot say anything about a day that the logs do not reach", async () => {
		write("a.log", line("2026-11-01", "/api/v2/profile"));
		const { result } = await run({ failIfUsedSince: "2026-11-09" });
		assert.equal(result.outcome, "inconclusive");
		assert.match(
			result.checks[1]?.actual ?? "",
			/the logs end at 2026-11-01T10:00:00Z, before that day/,
		);
	});

	it("leaves out our own checks, and what lies outside of the asked-for days", async () => {
		write(
			"a.log",
			[
				line("2026-11-01", "/api/v1/profile"),
				line("2026-11-05", "/api/v1/profile", "ELB-HealthChecker/2.0"),
				line("2026-11-05", "/api/v1/profile"),
				line("2026-11-09", "/api/v1/profile"),
			].join("\n"),
		);
		const { report } = await run({
			since: "2026-11-02",
			until: "2026-11-09",
			ignoreAgents: "ELB-Health, other",
		});
		assert.deepEqual(
			[report.calls.old, report.calls.ignored, report.calls.outside],
			[1, 1, 2],
		);
	});

	it("counts malformed lines, says where they are and not what they hold", async () => {
		write(
			"a.log",
			`${Array.from({ length: 150 }, () => line("2026-11-01", "/api/v1/profile")).join("\n")}\nsecret ada@example.com\n`,
		);
		const { result, report } = await run();
		assert.equal(result.outcome, "passed");
		assert.equal(report.read.malformed, 1);
		assert.match(
			result.checks[0]?.details?.[0] ?? "",
			/malformed: .*a\.log, line 151$/,
		);
		write("b.log", `${"x".repeat(300_000)}\ny\n`);
		const more = await run();
		assert.equal(more.report.read.malformed, 3);
		assert.equal(more.result.outcome, "inconclusive");
		assert.ok(!JSON.stringify(more.report).includes("ada@"));
	});

	it("is unclear when a file breaks off, and says which; the rest is counted", async () => {
		write("a.log", line("2026-11-01", "/api/v1/profile"));
		const packed = gzipSync(
			Array.from({ length: 3000 }, (_, i) =>
				line("2026-11-01", `/api/v1/a${i}`),
			).join("\n"),
		);
		write("b.log.gz", packed.subarray(0, packed.length - 20));
		const { result, report } = await run();
		assert.equal(result.outcome, "inconclusive");
		assert.match(
			result.checks[0]?.details?.[0] ?? "",
			/b\.log\.gz: unexpected end of file/,
		);
		assert.ok(report.calls.old >= 1);
	});

	it("is unclear where there is no log, and refused where there is no such place", async () => {
		const { result } = await run();
		assert.equal(result.outcome, "inconclusive");
		assert.match(
			result.checks[0]?.actual ?? "",
			/no file there; turn the access logs on/,
		);
		await assert.rejects(
			run({ logs: join(folder, "nowhere") }),
			/expected access logs at .*nowhere, got .*ENOENT/,
		);
	});

	it("keeps its memory however many kinds there are", async () => {
		write(
			"a.log",
			Array.from({ length: 5000 }, (_, i) =>
				line(
					"2026-11-01",
					`/api/v1/w${"abcdefghij"[i % 10]}${"klmnopqrst"[Math.floor(i / 10) % 10]}${"uvwxyzabcd"[Math.floor(i / 100) % 10]}${"efghi"[Math.floor(i / 1000)]}`,
					`agent-${i}`,
				),
			).join("\n"),
		);
		const { report } = await run();
		assert.ok(report.endpoints.length <= 301);
		assert.ok(report.clients.length <= 301);
		assert.equal(
			report.clients.reduce(
				(sum: number, one: { count: number }) => sum + one.count,
				0,
			),
			5000,
		);
	});

	it("asks for days that are days", () => {
		assert.throws(
			() => usageSchema.parse({ logs: "x", since: "soon" }),
			/expected a day such as/,
		);
	});
});
