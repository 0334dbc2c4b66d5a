import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An object as it arrived, with the headers it came with. */
export interface ArrivedObject {
	readonly body: Buffer;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A bucket API that keeps objects in memory, by path (`/bucket/key`). */
export async function startObjectStore() {
	const objects = new Map<string, ArrivedObject>();
	const server = createServer(async (request, response) => {
		const path = decodeURIComponent(
			new URL(request.url ?? "/", "http://store").pathname,
		);
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		if (request.method === "PUT") {
			const { headers } = request;
			objects.set(path, { body: Buffer.concat(chunks), headers });
			response.end();
			return;
		}
		if (request.method === "DELETE") {
			objects.delete(path);
			response.writeHead(204).end();
			return;
		}
		const object = objects.get(path);
		if (object) {
			response.end(object.body);
			return;
		}
		response.writeHead(404, { "Content-Type": "application/xml" });
		response.end(
			"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>",
		);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		objects,
		stop: () => {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}
