import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import { loadGenerator, sendLoad } from "../../../cutover/src/adapters/load.ts";

describe("the load generator", () => {
	/** Sends five requests to a server that answers like this, and says which paths it was asked for. */
	async function send(listener: RequestListener) {
		const paths: (string | undefined)[] = [];
		const server = createServer((request, response) => {
			paths.push(request.url);
			listener(request, response);
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const address = server.address();
		assert.ok(typeof address === "object" && address !== null);
		try {
			const answers = await sendLoad(
				{
					url: `http://127.0.0.1:${address.port}/page?x=1`,
					method: "GET",
					headers: {},
					connections: 1,
					perConnection: 5,
					openingPath: "/health",
					timeoutSeconds: 2,
				},
				new AbortController().signal,
			);
			return { ...answers, paths };
		} finally {
			server.closeAllConnections();
			server.close();
		}
	}

	it("is named with the version that is installed", () => {
		const file = createRequire(import.meta.url).resolve(
			"autocannon/package.json",
		);
		const { version } = JSON.parse(readFileSync(file, "utf8"));
		assert.equal(loadGenerator, `autocannon ${version}`);
	});

	it("opens the connection with another request and measures as many as asked", async () => {
		const { ms, asked, failures, paths } = await send((_, response) =>
			response.end("ok"),
		);
		assert.equal(ms.length, 5);
		assert.ok(ms.every((time) => time > 0));
		assert.deepEqual([asked, failures], [5, []]);
		assert.deepEqual(paths, ["/health", ...Array(5).fill("/page?x=1")]);
	});

	it("counts what is not 200 to 299 and has no time for it", async () => {
		let answered = 0;
		const { ms, asked, failures } = await send((_, response) => {
			answered += 1;
			response.writeHead(answered % 2 === 0 ? 302 : 200).end();
		});
		assert.equal(ms.length, 2);
		assert.equal(asked, 5);
		assert.deepEqual(failures, Array(3).fill("answered 302"));
	});

	it("counts answers that were cut off", async () => {
		const { ms, asked, failures } = await send((request, response) => {
			if (request.url === "/health") response.end();
			else request.socket.destroy();
		});
		assert.deepEqual(ms, []);
		assert.ok(asked >= 5);
		assert.equal(failures.length, asked);
	});

	it("does not go on for ever where nobody listens", async () => {
		const { ms, failures } = await sendLoad(
			{
				url: "http://127.0.0.1:1/page",
				method: "GET",
				headers: {},
				connections: 1,
				perConnection: 3,
				openingPath: "/",
				timeoutSeconds: 1,
			},
			new AbortController().signal,
		);
		assert.deepEqual(ms, []);
		assert.match(failures[0] ?? "", /ECONNREFUSED|EACCES/);
	});
});
