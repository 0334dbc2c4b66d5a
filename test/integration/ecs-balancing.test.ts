import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import {
	authorityFile,
	issueCertificate,
	readCertificate,
} from "../../rehearsal/cloud/acm/authority.ts";
import { Balancing } from "../../rehearsal/cloud/elb/balancing.ts";
import type { ListenerSettings } from "../../rehearsal/cloud/elb/listener.ts";
import type { Action } from "../../rehearsal/cloud/elb/routing.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import { ask } from "./ecs/load.ts";

const healthCheck = {
	path: "/health",
	intervalSeconds: 1,
	timeoutSeconds: 1,
	healthyThreshold: 1,
	unhealthyThreshold: 2,
	matcher: "200",
};

describe("a listener of the laptop's load balancer", () => {
	const folder = mkdtempSync(join(tmpdir(), "elb-"));
	const balancing = new Balancing(folder);
	const servers: http.Server[] = [];

	after(async () => {
		await balancing.close();
		for (const server of servers) {
			server.closeAllConnections();
			server.close();
		}
		rmSync(folder, { recursive: true });
	});

	/** A target that is healthy, and answers as given. */
	async function target(
		group: string,
		serve: http.RequestListener,
	): Promise<number> {
		const server = http.createServer((request, response) => {
			if (request.url === "/health") {
				response.end();
			} else {
				serve(request, response);
			}
		});
		servers.push(server);
		const port = await freePort();
		await new Promise<void>((resolve) =>
			server.listen(port, "127.0.0.1", resolve),
		);
		balancing.setGroup(group, {
			name: group,
			healthCheck,
			deregistrationDelaySeconds: 5,
		});
		balancing.register(group, "127.0.0.1", port);
		await until(() => state(group, port) === "healthy");
		return port;
	}

	const state = (group: string, port: number) =>
		balancing.targetState(group, "127.0.0.1", port);

	async function listen(
		defaultAction: Action,
		over: Partial<ListenerSettings> = {},
	): Promise<string> {
		const port = await freePort();
		balancing.setBalancer("lb", {
			name: "lb",
			forwardedFor: "append",
			idleSeconds: 60,
		});
		await balancing.setListener(`listener-${port}`, "lb", {
			port,
			protocol: "http",
			defaultAction,
			...over,
		});
		return `${over.protocol ?? "http"}://127.0.0.1:${port}`;
	}

	const to = (arn: string): Action => ({
		type: "forward",
		groups: [{ arn, weight: 1 }],
	});

	it("answers 503 when a group has no healthy target", async () => {
		const port = await freePort();
		balancing.setGroup("none", {
			name: "none",
			healthCheck,
			deregistrationDelaySeconds: 0,
		});
		balancing.register("none", "127.0.0.1", port);
		assert.equal((await ask(await listen(to("none")))).status, 503);
	});

	it("answers 502 when a healthy target refuses the connection", async () => {
		const port = await target("gone", () => {});
		const server = servers.at(-1);
		server?.closeAllConnections();
		await new Promise((resolve) => server?.close(resolve));
		assert.equal(state("gone", port), "healthy");
		assert.equal((await ask(await listen(to("gone")))).status, 502);
	});

	it("answers 502 when a target breaks off before its answer", async () => {
		await target("abrupt", (request) => request.socket.destroy());
		const url = await listen(to("abrupt"));
		assert.equal((await ask(url, { method: "POST" }, ["x"])).status, 502);
	});

	it("breaks off an answer that its target breaks off", async () => {
		await target("half", (_request, response) => {
			response.writeHead(200, { "content-length": 100 });
			response.write("half", () => response.destroy());
		});
		await assert.rejects(ask(await listen(to("half"))), /aborted|ECONNRESET/);
	});

	it("answers by itself what is fixed or redirected", async () => {
		const fixed = await listen({
			type: "fixed-response",
			statusCode: 404,
			contentType: "text/plain",
			body: "nothing here",
		});
		const answer = await ask(fixed);
		assert.deepEqual([answer.status, answer.body], [404, "nothing here"]);
		const redirect = await listen({
			type: "redirect",
			statusCode: 301,
			protocol: "HTTPS",
			host: "#{host}",
			port: "8443",
			path: "/#{path}",
			query: "#{query}",
		});
		const location = await new Promise((resolve, reject) => {
			http
				.get(`${redirect}/a/b?c=d`, (response) => {
					response.resume();
					resolve(response.headers.location);
				})
				.on("error", reject);
		});
		assert.equal(location, "https://127.0.0.1:8443/a/b?c=d");
	});

	it("tells the target who asked, whatever the client claims", async () => {
		await target("echo", (request, response) =>
			response.end(JSON.stringify(request.headers)),
		);
		const url = await listen(to("echo"));
		const { body } = await ask(url, {
			headers: {
				host: "app.example.com",
				"x-forwarded-proto": "https",
				"x-forwarded-port": "443",
				"x-forwarded-host": "evil.example.com",
				"x-forwarded-for": "1.2.3.4",
			},
		});
		const headers = JSON.parse(body);
		assert.equal(headers.host, "app.example.com");
		assert.equal(headers["x-forwarded-proto"], "http");
		assert.equal(headers["x-forwarded-port"], new URL(url).port);
		assert.equal(headers["x-forwarded-host"], "app.example.com");
		assert.equal(headers["x-forwarded-for"], "1.2.3.4, 127.0.0.1");
	});

	it("ends the request to the target when the client goes away", async () => {
		const ended = new Promise<void>((resolve) => {
			void target("patient", (_request, response) => {
				response.once("close", resolve);
			}).then(async () => {
				const url = await listen(to("patient"));
				const request = http.get(url);
				request.on("error", () => {});
				setTimeout(() => request.destroy(), 100);
			});
		});
		await ended;
	});

	it("lets a removed target finish what it began, and sends it nothing new", async () => {
		const port = await target("leaving", (_request, response) => {
			setTimeout(() => response.end("done"), 400);
		});
		const url = await listen(to("leaving"));
		const begun = ask(url);
		await new Promise((resolve) => setTimeout(resolve, 100));
		const removed = balancing.deregister("leaving", "127.0.0.1", port);
		assert.equal(state("leaving", port), "draining");
		assert.equal((await ask(url)).status, 503);
		assert.equal((await begun).body, "done");
		await removed;
		assert.equal(state("leaving", port), undefined);
	});

	it("asks again on a new connection when the target has closed the old one", async () => {
		let connections = 0;
		let served = 0;
		await target("forgetful", (request, response) => {
			served += 1;
			// The second request on a connection meets a target that has just closed it.
			const { socket } = request;
			const seen = sockets.get(socket) ?? 0;
			sockets.set(socket, seen + 1);
			if (seen === 0) {
				connections += 1;
				response.end("ok");
			} else {
				socket.resetAndDestroy();
			}
		});
		const url = await listen(to("forgetful"));
		const agent = new http.Agent({ keepAlive: true });
		assert.equal((await ask(url, { agent })).status, 200);
		assert.equal((await ask(url, { agent })).status, 200);
		assert.deepEqual([connections, served], [2, 3]);
		const post = await ask(url, { agent, method: "POST" }, ["x"]);
		assert.equal(post.status, 502, "a POST was sent twice");
		agent.destroy();
	});
	const sockets = new WeakMap<object, number>();

	it("names the port that is taken, and the setting to change", async () => {
		const port = await freePort();
		const other = http.createServer();
		servers.push(other);
		await new Promise<void>((resolve) =>
			other.listen(port, "127.0.0.1", resolve),
		);
		await assert.rejects(listen(to("echo"), { port }), {
			name: "PortUnavailableError",
			message: new RegExp(`port ${port} .*EADDRINUSE.*edge\\.ports`),
		});
	});

	it("speaks TLS with a certificate of the laptop's own authority", async () => {
		const { id } = await issueCertificate(folder, ["127.0.0.1"]);
		const arn = `arn:aws:acm:us-east-1:000000000000:certificate/${id}`;
		const url = await listen(to("echo"), {
			protocol: "https",
			certificate: readCertificate(folder, arn),
		});
		const ca = readFileSync(authorityFile(folder));
		const status = await new Promise((resolve, reject) => {
			https
				.get(url, { ca }, (response) => {
					response.resume();
					resolve(response.statusCode);
				})
				.on("error", reject);
		});
		assert.equal(status, 200);
	});

	it("takes a new certificate without cutting a connection", async () => {
		const issue = async () => {
			const { id } = await issueCertificate(folder, ["127.0.0.1"]);
			const arn = `arn:aws:acm:us-east-1:000000000000:certificate/${id}`;
			return readCertificate(folder, arn);
		};
		const url = await listen(to("echo"), {
			protocol: "https",
			certificate: await issue(),
		});
		const ca = readFileSync(authorityFile(folder));
		const agent = new https.Agent({ keepAlive: true, ca });
		const look = (over: https.RequestOptions) =>
			new Promise<string>((resolve, reject) => {
				https
					.get(url, over, (response) => {
						const { socket } = response;
						assert.ok(socket instanceof TLSSocket);
						response.resume();
						response.once("end", () =>
							resolve(
								`${socket.localPort} ${socket.getPeerCertificate().serialNumber}`,
							),
						);
					})
					.on("error", reject);
			});
		const before = await look({ agent });
		const port = Number(new URL(url).port);
		await balancing.setListener(`listener-${port}`, "lb", {
			port,
			protocol: "https",
			defaultAction: to("echo"),
			certificate: await issue(),
		});
		assert.equal(await look({ agent }), before, "the same connection");
		const renewed = await look({ agent: false, ca });
		assert.notEqual(renewed.split(" ")[1], before.split(" ")[1]);
		agent.destroy();
	});

	it("answers what is under way when its port is closed", async () => {
		let arrived = () => {};
		const hasArrived = new Promise<void>((resolve) => {
			arrived = resolve;
		});
		await target("slow", (_request, response) => {
			arrived();
			setTimeout(() => response.end("done"), 200);
		});
		const url = await listen(to("slow"));
		const asked = ask(url);
		await hasArrived;
		await balancing.removeListener(`listener-${new URL(url).port}`);
		assert.equal((await asked).status, 200);
		await assert.rejects(ask(url), /ECONNREFUSED/);
	});

	it("writes every request into the load balancer's log", async () => {
		const url = await listen(to("echo"));
		await ask(`${url}/logged?x=1`);
		await until(() => log().includes("/logged?x=1"));
		const line = log()
			.split("\n")
			.find((text) => text.includes("/logged"));
		const entry = JSON.parse(line ?? "{}");
		assert.equal(entry.status, 200);
		assert.equal(entry.targetGroup, "echo");
		assert.equal(entry.client, "127.0.0.1");
	});

	function log(): string {
		return readFileSync(join(folder, "lb.access.jsonl"), "utf8");
	}
});

async function until(holds: () => boolean): Promise<void> {
	const deadline = Date.now() + 5_000;
	while (!holds()) {
		assert.ok(Date.now() < deadline, "waited in vain");
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
