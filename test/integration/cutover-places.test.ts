import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentTalk } from "../../cutover/src/console.ts";
import type { Result } from "../../cutover/src/outcome.ts";
import { bucketPlace } from "../../cutover/src/reports/bucket.ts";
import { withLocalFolder } from "../../cutover/src/reports/localFolder.ts";
import {
	listFiles,
	openPlace,
	readFile as readReport,
	requireWritable,
} from "../../cutover/src/reports/open.ts";
import { writeReport } from "../../cutover/src/reports/report.ts";
import { recorded } from "../../cutover/src/status/write.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import { restoreEnvironment } from "../environment.ts";
import { type S3Server, startS3Server } from "./s3Server.ts";

describe("reports in a bucket of an S3 server that is not ours", function () {
	this.timeout(120_000);
	let server: S3Server;
	let folder: string;
	let undo: () => void;

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-places-"));
		server = await startS3Server();
		await server.makeBucket("reports");
		await server.addUser("writer");
		await server.allow("reports", "writer", ["s3:PutObject"], "run/*");
	});
	beforeEach(() => {
		undo = setEnvironment(server.environment());
	});
	afterEach(() => undo());
	after(async () => {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	});

	it("keeps text, bytes and files of many megabytes as they are, and lists, reads and removes them", async () => {
		const place = await openPlace("s3://reports/all/of it/");
		const big = join(folder, "big.zip");
		await writeFile(big, Buffer.alloc(20_000_000, "trace"));
		const picture = Buffer.from([0, 255, 137, 10, 13]);
		await place.write("a.md", "ä\n");
		await place.write("uat/1/b ü.png", picture);
		await place.write("uat/c.zip", { file: big });
		const found = await place.list("uat/");
		assert.deepEqual(
			found.map(({ name, bytes }) => [name, bytes]),
			[
				["uat/1/b ü.png", 5],
				["uat/c.zip", 20_000_000],
			],
		);
		assert.equal((await place.read("a.md", 100))?.toString(), "ä\n");
		assert.deepEqual(await place.read("uat/1/b ü.png", 5), picture);
		assert.equal(await place.read("none", 5), undefined);
		await assert.rejects(
			place.read("uat/c.zip", 1_000),
			/cannot read reports from s3:\/\/reports\/all\/of it\/uat\/c\.zip: the file has 20000000 bytes, expected at most 1000/,
		);
		assert.deepEqual(
			await readFile(join(server.root, "reports/all/of it/uat/c.zip")),
			await readFile(big),
		);
		await place.remove("uat/c.zip");
		assert.equal((await place.list("uat/c")).length, 0);
		assert.equal(place.addressOf("a.md"), "s3://reports/all/of it/a.md");
		place.close();
	});

	it("keeps the status page, which a job that may only put there never writes over", async () => {
		const said: string[] = [];
		const talk = {
			...silentTalk,
			say: (line: string) => {
				said.push(line);
			},
		};
		const passed = (name: string): Result => ({
			outcome: "passed",
			checks: [
				{ name, outcome: "passed", expected: "a", actual: "b", seconds: 1 },
			],
			next: "next",
		});
		const run = (verb: string) =>
			recorded(verb, "s3://reports/run/status", {}, talk, async () =>
				passed(`${verb} looked`),
			);
		const page = async () =>
			String(
				await readReport("s3://reports/run/status", "status.html", 5_000_000),
			);
		await run("convert");
		await run("validate");
		assert.deepEqual(said, []);
		const whole = await page();
		assert.match(whole, /convert looked/);
		assert.match(whole, /validate looked/);
		Object.assign(process.env, server.environment("writer"));
		await run("inventory");
		assert.match(said.join("\n"), /the status page could not be written: /);
		Object.assign(process.env, server.environment());
		assert.equal(await page(), whole);
	});

	it("takes a folder written bit by bit, also when the work breaks off, and gives the next one what it needs", async () => {
		const address = "s3://reports/bits";
		const passed: Result = { outcome: "passed", checks: [], next: "" };
		await assert.rejects(
			withLocalFolder(address, async (local) => {
				await writeFile(join(local, "left.json"), "what is left");
				throw new Error("broken off");
			}),
			/broken off/,
		);
		let seen = "";
		const result = await withLocalFolder(
			address,
			async (local) => {
				seen = await readFile(join(local, "left.json"), "utf8");
				await writeFile(join(local, "right.json"), "{}");
				return passed;
			},
			["left.json", "never.json"],
		);
		assert.equal(seen, "what is left");
		assert.equal(result.outcome, "passed");
		assert.deepEqual(
			(await listFiles(address)).map(({ name }) => name),
			["left.json", "right.json"],
		);
	});

	it("lists more than the thousand files of one answer", async () => {
		const place = await openPlace("s3://reports/many");
		const names = Array.from({ length: 1_100 }, (_, nth) => `${nth}.txt`);
		for (let from = 0; from < names.length; from += 50) {
			await Promise.all(
				names.slice(from, from + 50).map((name) => place.write(name, "x")),
			);
		}
		const found = await place.list("");
		assert.equal(new Set(found.map(({ name }) => name)).size, 1_100);
		place.close();
	});

	it("needs nothing but s3:PutObject below its prefix to write", async () => {
		undo();
		undo = setEnvironment(server.environment("writer"));
		await requireWritable("s3://reports/run/1");
		const kept = await writeReport("s3://reports/run/1", "one", content);
		assert.deepEqual(kept.files, [
			"s3://reports/run/1/one.md",
			"s3://reports/run/1/one.json",
		]);
		const place = await openPlace("s3://reports/run/1");
		// What it may not delete it empties, so that nobody takes it for a part of this run.
		await place.remove("one.json");
		place.close();
		undo();
		undo = setEnvironment(server.environment());
		const left = await readReport("s3://reports/run/1", "one.json", 1_000);
		assert.equal(left?.length, 0);
	});

	const refusals: readonly [
		what: string,
		address: string,
		environment: () => Record<string, string>,
		message: RegExp,
	][] = [
		[
			"a prefix that it may not write to",
			"s3://reports/other",
			() => ({ ...server.environment("writer") }),
			/^cannot write reports to s3:\/\/reports\/other: the bucket refuses it \(AccessDenied: .*\); allow s3:PutObject on what lies below this address/,
		],
		[
			"a bucket that is not there",
			"s3://missing/run",
			() => ({ ...server.environment() }),
			/^cannot write reports to s3:\/\/missing\/run: there is no bucket missing where this asks \(http:\/\/127\.0\.0\.1:\d+\); make it, or name another/,
		],
		[
			"another region",
			"s3://reports/run",
			() => ({ ...server.environment(), AWS_REGION: "us-west-2" }),
			/: the bucket is in the region eu-central-1 \(asked in us-west-2\); set AWS_REGION to the bucket's/,
		],
		[
			"a wrong key",
			"s3://reports/run",
			() => ({ ...server.environment(), AWS_SECRET_ACCESS_KEY: "wrong" }),
			/: no valid credentials \(SignatureDoesNotMatch: .*\); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give the task a role/,
		],
		[
			"no keys",
			"s3://reports/run",
			() => ({
				...server.environment(),
				AWS_ACCESS_KEY_ID: "",
				AWS_EC2_METADATA_DISABLED: "true",
			}),
			/: no valid credentials \(CredentialsProviderError: .*\); set AWS_ACCESS_KEY_ID/,
		],
		[
			"no region",
			"s3://reports/run",
			() => ({ ...server.environment(), AWS_REGION: "" }),
			/: no region is set; set AWS_REGION to the bucket's/,
		],
	];
	for (const [what, address, environment, message] of refusals) {
		it(`says what is wrong and what helps: ${what}`, async () => {
			undo();
			undo = setEnvironment(environment());
			await assert.rejects(requireWritable(address), (error) => {
				assert.ok(error instanceof Error);
				assert.match(error.message, message);
				assert.equal(error.name, "RefusedError");
				return true;
			});
		});
	}

	it("says so when nobody answers, after some tries", async () => {
		undo();
		const endpoint = `http://127.0.0.1:${await freePort()}`;
		undo = setEnvironment({
			...server.environment(),
			AWS_ENDPOINT_URL: endpoint,
		});
		await assert.rejects(
			requireWritable("s3://reports/run"),
			/the bucket's server does not answer \(http:\/\/127\.0\.0\.1:\d+; .*ECONNREFUSED.*\); check the network, AWS_REGION and AWS_ENDPOINT_URL/,
		);
	});

	it("goes on when the server comes back between two tries", async () => {
		const seen: string[] = [];
		const flaky = await startFlaky(seen, ["503", "cut"]);
		undo();
		undo = setEnvironment({
			...server.environment(),
			AWS_ENDPOINT_URL: flaky.url,
		});
		try {
			const patience = { tries: 4, pauseMs: 10, longestMs: 10_000 };
			const place = await bucketPlace("s3://reports/run", patience);
			await writeFile(join(folder, "small.bin"), "bytes");
			await place.write("a.bin", { file: join(folder, "small.bin") });
			place.close();
			assert.deepEqual(seen, ["503", "cut", "200 bytes"]);
		} finally {
			flaky.server.closeAllConnections();
			flaky.server.close();
		}
	});

	it("lists nothing where nobody wrote", async () => {
		assert.deepEqual(await listFiles("s3://reports/empty"), []);
	});
});

const content = {
	title: "A report",
	result: { outcome: "passed", checks: [] },
} as const;

/** Sets variables and answers how to take them back. */
function setEnvironment(values: Readonly<Record<string, string>>): () => void {
	const before = { ...process.env };
	Object.assign(process.env, values);
	return () => {
		restoreEnvironment(before);
	};
}

/** A server that fails first, in the ways given, and takes everything afterwards. */
async function startFlaky(
	seen: string[],
	failures: string[],
): Promise<{ readonly url: string; readonly server: Server }> {
	const server = createServer(async (request, response) => {
		const parts: Buffer[] = [];
		for await (const part of request) parts.push(part as Buffer);
		const failure = failures.shift();
		seen.push(failure ?? `200 ${Buffer.concat(parts).toString()}`);
		if (failure === "cut") request.socket.destroy();
		else response.writeHead(failure === undefined ? 200 : 503).end();
	});
	const port = await freePort();
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	return { url: `http://127.0.0.1:${port}`, server };
}
