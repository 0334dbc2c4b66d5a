import http from "node:http";

export interface Answer {
	readonly status: number;
	readonly release: string | undefined;
	readonly body: string;
	readonly ms: number;
}

export interface LoadReport {
	readonly answers: readonly Answer[];
	readonly failures: readonly string[];
}

/** One request. A body given as a list is sent piece by piece, `pauseMs` apart. */
export function ask(
	url: string,
	options: http.RequestOptions = {},
	pieces: readonly string[] = [],
	pauseMs = 0,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const startedAt = performance.now();
		const request = http.request(url, options, (response) => {
			let body = "";
			response.on("error", reject);
			response.on("data", (chunk) => {
				body += String(chunk);
			});
			response.on("end", () =>
				resolve({
					status: response.statusCode ?? 0,
					release: response.headers["x-release"]?.toString(),
					body,
					ms: performance.now() - startedAt,
				}),
			);
		});
		request.on("error", reject);
		void (async () => {
			for (const piece of pieces) {
				request.write(piece);
				await new Promise((done) => setTimeout(done, pauseMs));
			}
			request.end();
		})();
	});
}

/** About 150 requests a second, by kept and by new connections, and slow uploads, until `stop`. */
export function startLoad(url: string): { stop(): Promise<LoadReport> } {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
	const answers: Answer[] = [];
	const failures: string[] = [];
	const running = new Set<Promise<void>>();
	const send = (
		options: http.RequestOptions,
		pieces?: readonly string[],
		pauseMs?: number,
	) => {
		const one = ask(url, options, pieces, pauseMs)
			.then((answer) => {
				answers.push(answer);
				if (answer.status !== 200) {
					failures.push(`${options.method ?? "GET"} answered ${answer.status}`);
				}
			})
			.catch((error: unknown) => {
				failures.push(`${options.method ?? "GET"}: ${String(error)}`);
			})
			.finally(() => running.delete(one));
		running.add(one);
	};
	const timers = [
		setInterval(() => send({ agent }), 10),
		setInterval(() => send({ agent, method: "POST" }, ["{}"]), 40),
		setInterval(() => send({ agent: false }), 40),
		setInterval(
			() =>
				send(
					{ agent: false, method: "POST" },
					Array(30).fill("0123456789"),
					100,
				),
			500,
		),
	];
	return {
		async stop() {
			for (const timer of timers) {
				clearInterval(timer);
			}
			await Promise.all(running);
			agent.destroy();
			return { answers, failures };
		},
	};
}
