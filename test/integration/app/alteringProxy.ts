import {
	createServer,
	request as httpRequest,
	type IncomingHttpHeaders,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came, before it is passed on. */
export interface Asked {
	readonly method: string;
	/** With its query. */
	readonly path: string;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

/** An answer of the application, to be altered in place. */
export interface Given {
	status: number;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

/** What a proxy does besides passing on; both may be left out. */
export interface Alteration {
	request?(asked: Asked): void | Promise<void>;
	answer?(given: Given, asked: Asked): void | Promise<void>;
}

/** Stands in front of an application and breaks it on request. */
export interface AlteringProxy {
	readonly url: string;
	/** In force until the next one; `{}` alters nothing. */
	alter(alteration: Alteration): void;
	stop(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback. */
export async function startAlteringProxy(
	target: string,
): Promise<AlteringProxy> {
	let alteration: Alteration = {};
	const server = createServer((incoming, outgoing) => {
		pass(incoming, outgoing).catch(() => outgoing.destroy());
	});

	async function pass(
		incoming: IncomingMessage,
		outgoing: ServerResponse,
	): Promise<void> {
		const current = alteration;
		const asked: Asked = {
			method: incoming.method ?? "GET",
			path: incoming.url ?? "/",
			headers: { ...incoming.headers },
			body: await read(incoming),
		};
		await current.request?.(asked);
		const given = await send(target, asked);
		await current.answer?.(given, asked);
		delete given.headers["transfer-encoding"];
		if (given.status !== 204)
			given.headers["content-length"] = String(given.body.length);
		outgoing.writeHead(given.status, given.headers);
		outgoing.end(given.body);
	}

	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		alter(wanted) {
			alteration = wanted;
		},
		async stop() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

async function send(target: string, asked: Asked): Promise<Given> {
	const { connection: _, "transfer-encoding": __, ...headers } = asked.headers;
	const answer = await new Promise<IncomingMessage>((resolve, reject) => {
		const sent = httpRequest(
			new URL(asked.path, target),
			{
				method: asked.method,
				agent: false,
				headers: {
					...headers,
					...(asked.body.length > 0 && {
						"content-length": String(asked.body.length),
					}),
				},
			},
			resolve,
		);
		sent.on("error", reject);
		sent.end(asked.body);
	});
	const { connection: ___, "keep-alive": ____, ...kept } = answer.headers;
	return {
		status: answer.statusCode ?? 0,
		headers: kept,
		body: await read(answer),
	};
}

async function read(stream: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}
