import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openEvidenceBucket } from "../../cutover/src/adapters/evidenceBucket.ts";
import { readRecords, reportKey } from "../../golive/src/read/index.ts";
import { restoreEnvironment } from "../environment.ts";
import {
	evidenceRecord,
	provenWorld,
	reportText,
	sha256,
} from "../golive/fixture.ts";

/** Two keys a page, so that reading on is tried too. */
const pageSize = 2;

describe("evidence in a bucket", () => {
	const environment = { ...process.env };
	const stored = new Map<string, Buffer>();
	let server: Server;

	before(async () => {
		server = createServer(async (request, response) => {
			const url = new URL(request.url ?? "", "http://bucket");
			if (request.method === "PUT") {
				const parts: Buffer[] = [];
				for await (const part of request) parts.push(part as Buffer);
				stored.set(url.pathname, Buffer.concat(parts));
				response.end();
				return;
			}
			if (url.searchParams.get("list-type") === "2") {
				response.end(listing(url.searchParams));
				return;
			}
			const body = stored.get(url.pathname);
			response.writeHead(body ? 200 : 404, {
				"content-length": body?.length ?? 0,
			});
			response.end(body);
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
		});
	});
	after(async () => {
		restoreEnvironment(environment);
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	function listing(query: URLSearchParams): string {
		const prefix = `/bucket/${query.get("prefix") ?? ""}`;
		const keys = [...stored.keys()].filter((key) => key.startsWith(prefix));
		const from = Number(query.get("continuation-token") ?? 0);
		const next = from + pageSize;
		const contents = keys
			.slice(from, next)
			.map(
				(key) =>
					`<Contents><Key>${key.slice("/bucket/".length)}</Key></Contents>`,
			);
		const token =
			next < keys.length
				? `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`
				: "<IsTruncated>false</IsTruncated>";
		return `<?xml version="1.0"?><ListBucketResult>${token}${contents.join("")}</ListBucketResult>`;
	}

	it("stores, lists over several pages, reads and hashes; too large and missing files prove nothing", async () => {
		const store = await openEvidenceBucket("s3://bucket/live/");
		const { text = "" } = evidenceRecord("tests", "staging", provenWorld());
		for (const name of ["a", "b", "c", "d", "e"]) {
			await store.put(`records/${name}.json`, Buffer.from(text));
		}
		const large = Buffer.alloc(10 * 1024 * 1024 + 1, " ");
		stored.set("/bucket/live/records/f.json", large);
		stored.set("/bucket/live/records/readme.txt", Buffer.from("no record"));
		const report = reportText("tests");
		const before = await readRecords(store, { release: "2.0.0" });
		assert.equal(before[0]?.reports?.size, 0);
		await store.put(
			reportKey(sha256(report), "tests.json"),
			Buffer.from(report),
		);
		const records = await readRecords(store, { release: "2.0.0" });
		assert.equal(records.length, 6);
		assert.ok(records.slice(0, 5).every((record) => record.text === text));
		assert.match(records[5]?.problem ?? "", /expected at most 10485760 bytes/);
		assert.deepEqual(records[0]?.reports?.get("tests.json"), {
			sha256: sha256(report),
			bytes: report.length,
		});
		store.close();
	});

	it("says what cannot be read, so that nobody takes it for an empty place", async () => {
		const { AWS_ENDPOINT_URL = "" } = process.env;
		process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
		try {
			const store = await openEvidenceBucket("s3://bucket/live");
			await assert.rejects(
				readRecords(store, { release: "2.0.0" }),
				/s3:\/\/bucket\/live: evidence cannot be listed: .*; check address, region and credentials/,
			);
			store.close();
		} finally {
			process.env.AWS_ENDPOINT_URL = AWS_ENDPOINT_URL;
		}
	});
});
