import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { apiUsage } from "../../cutover/src/apiUsage/run.ts";
import { usageSchema } from "../../cutover/src/apiUsage/settings.ts";
import { silentTalk } from "../../cutover/src/console.ts";

const line = (path: string) =>
	`https 2026-11-25T02:10:00.186641Z app/trusted-login/50dc6c495c0c9188 192.0.2.17:2817 10.0.10.5:8000 0.086 0.048 0.037 200 200 0 57 "GET https://api.trusted-login.com:443${path} HTTP/1.1" "old-app/1.0" - - arn "Root=1" "-" "-" 101 2026-11-25T02:09:59Z "forward" "-" "-" "-" "-" "-" "-"\n`;

describe("access logs in a bucket", () => {
	const environment = { ...process.env };
	const objects = new Map([
		["lb/AWSLogs/2026/11/24/a.log.gz", gzipSync(line("/api/v1/profile"))],
		["lb/AWSLogs/2026/11/25/b.log.gz", gzipSync(line("/api/v2/profile"))],
		["lb/AWSLogs/2026/11/25/c.log.gz", gzipSync(line("/api/v1/workflows/9"))],
		["other/d.log.gz", gzipSync(line("/api/v1/profile"))],
	]);
	let server: Server;
	let folder: string;
	let refused = false;

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-usage-"));
		server = createServer((request, response) => {
			const url = new URL(request.url ?? "/", "http://s3");
			if (refused) {
				response.writeHead(403, { "content-type": "application/xml" });
				response.end(
					"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
				);
				return;
			}
			if (url.searchParams.get("list-type") === "2") {
				response.writeHead(200, { "content-type": "application/xml" });
				response.end(page(url.searchParams));
				return;
			}
			const object = objects.get(
				decodeURIComponent(url.pathname).replace("/logs/", ""),
			);
			response.writeHead(object === undefined ? 404 : 200);
			response.end(object);
		});
		await new Promise<void>((resolve) =>
			server.listen(0, "127.0.0.1", () => resolve()),
		);
		const { port } = server.address() as AddressInfo;
		Object.assign(process.env, {
			AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
			AWS_REGION: "us-east-1",
			AWS_ACCESS_KEY_ID: "id",
			AWS_SECRET_ACCESS_KEY: "key",
			AWS_MAX_ATTEMPTS: "1",
		});
	});
	after(async () => {
		process.env = environment;
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		await rm(folder, { recursive: true, force: true });
	});

	/** Two keys a page, as a bucket with many does. */
	function page(asked: URLSearchParams): string {
		const keys = [...objects.keys()].filter((key) =>
			key.startsWith(asked.get("prefix") ?? ""),
		);
		const from = Number(asked.get("continuation-token") ?? 0);
		const isMore = from + 2 < keys.length;
		return `<ListBucketResult><IsTruncated>${isMore}</IsTruncated>${
			isMore ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : ""
		}${keys
			.slice(from, from + 2)
			.map(
				(key) =>
					`<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`,
			)
			.join("")}</ListBucketResult>`;
	}

	const run = () =>
		apiUsage(
			usageSchema.parse({ logs: "s3://logs/lb", reportDir: folder }),
			silentTalk,
			new AbortController().signal,
		);

	it("are read to the last page, and only below the prefix", async () => {
		const { outcome, facts } = await run();
		assert.equal(outcome, "passed");
		assert.deepEqual(facts?.calls, { old: 2, new: 1, other: 0, ignored: 0 });
	});

	it("say what is missing when they may not be listed", async () => {
		refused = true;
		await assert.rejects(
			run(),
			/cannot list s3:\/\/logs\/lb: Access Denied; check the name and that s3:ListBucket is allowed/,
		);
	});
});
