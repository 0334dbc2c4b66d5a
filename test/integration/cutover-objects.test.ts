import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../cutover/src/adapters/objects.ts";
import { restoreEnvironment } from "../environment.ts";

describe("uploads in a bucket", () => {
	const environment = { ...process.env };
	const stored = new Map<
		string,
		{ body: Buffer; headers: IncomingHttpHeaders }
	>();
	let server: Server;
	let folder: string;

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-objects-"));
		server = createServer(async (request, response) => {
			const key = request.url?.split("?")[0] ?? "";
			if (key.endsWith("/still")) return;
			if (request.method === "PUT") {
				const parts: Buffer[] = [];
				for await (const part of request) parts.push(part as Buffer);
				stored.set(key, {
					body: Buffer.concat(parts),
					headers: request.headers,
				});
				response.end();
				return;
			}
			const size = stored.get(key)?.body.length;
			response.writeHead(size === undefined ? 404 : 200, {
				...(size !== undefined && { "content-length": size }),
			});
			response.end();
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
		await rm(folder, { recursive: true, force: true });
	});

	it("puts the bytes under the prefix as they are, with their checksum and type", async () => {
		const bytes = Buffer.alloc(300_000, "screenshot");
		await writeFile(join(folder, "a b.png"), bytes);
		const store = await openStore("s3://bucket/uploads/");
		const put = await store.put(
			"1/ä b.png",
			join(folder, "a b.png"),
			"image/png",
		);
		const sha256 = createHash("sha256").update(bytes);
		assert.deepEqual(put, {
			sha256: sha256.copy().digest("hex"),
			size: bytes.length,
		});
		const object = stored.get("/bucket/uploads/1/%C3%A4%20b.png");
		assert.ok(object, [...stored.keys()].join());
		assert.ok(object.body.equals(bytes));
		assert.equal(object.headers["content-type"], "image/png");
		assert.equal(
			object.headers["x-amz-checksum-sha256"],
			sha256.digest("base64"),
		);
		assert.equal(await store.size("1/ä b.png"), bytes.length);
		store.close();
	});

	it("knows when there is nothing", async () => {
		const store = await openStore("s3://bucket/uploads");
		assert.equal(await store.size("nothing"), undefined);
		store.close();
	});

	it("gives up a bucket that takes the bytes and stands still", async () => {
		const file = join(folder, "still.png");
		await writeFile(file, "screenshot");
		const store = await openStore("s3://bucket/uploads", 200);
		await assert.rejects(store.put("still", file, "image/png"), /timed out/i);
		store.close();
	});
});
