import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";

/** Serves both host names over TLS and passes each request on to the server behind its name. */
export async function startEdge(
	targets: Readonly<Record<string, string>>,
): Promise<{
	readonly port: number;
	/** The certificate (PEM) that the edge's own one is signed with. */
	readonly ca: string;
	stop(): Promise<unknown>;
}> {
	const names = Object.keys(targets);
	const { cert, private: key } = await generate(
		[{ name: "commonName", value: names[0] ?? "" }],
		{
			extensions: [
				{
					name: "subjectAltName",
					altNames: names.map((value) => ({ type: 2, value })),
				},
			],
		},
	);
	const kept = new http.Agent({ keepAlive: true });
	const server = https.createServer({ cert, key }, (request, response) => {
		const target = targets[request.headers.host ?? ""];
		const onward = http.request(
			`${target}${request.url}`,
			{ method: request.method, headers: request.headers, agent: kept },
			(answer) => {
				// About the connection behind the edge, and no promise of its own.
				const { connection, "keep-alive": _, ...headers } = answer.headers;
				response.writeHead(answer.statusCode ?? 502, headers);
				answer.pipe(response);
			},
		);
		onward.on("error", () => response.writeHead(502).end());
		request.pipe(onward);
	});
	server.keepAliveTimeout = 60_000;
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		port: (server.address() as AddressInfo).port,
		ca: cert,
		stop() {
			kept.destroy();
			server.closeAllConnections();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}
