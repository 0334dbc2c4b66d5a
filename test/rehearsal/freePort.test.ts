import assert from "node:assert/strict";
import { createServer } from "node:net";
import { freePort } from "../../rehearsal/freePort.ts";

describe("a free port", () => {
	it("is given once, and lies below those that kernels hand out", async () => {
		const ports: number[] = [];
		for (let n = 0; n < 500; n += 1) ports.push(await freePort());
		assert.equal(new Set(ports).size, ports.length);
		assert.ok(ports.every((port) => port >= 20_000 && port < 30_000));
	});

	it("can be listened on", async () => {
		const server = createServer();
		const port = await freePort();
		await new Promise<void>((resolve, reject) => {
			server.once("error", reject);
			server.listen(port, "127.0.0.1", resolve);
		});
		await new Promise((resolve) => server.close(resolve));
	});
});
