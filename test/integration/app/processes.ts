import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { serverEnvironment } from "../../../rehearsal/images/build.ts";

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	if (address === null || typeof address === "string")
		throw new Error("no port");
	return address.port;
}

/** Runs a bundled server, on a free port unless `PORT` says which, and waits until its `/health` answers 200. */
export async function runServer(
	folder: string,
	environment: Readonly<Record<string, string>>,
): Promise<{ readonly apiUrl: string; readonly child: ChildProcess }> {
	const port = Number(environment.PORT ?? (await freePort()));
	const child = spawn(process.execPath, ["server.mjs"], {
		cwd: folder,
		env: {
			PATH: process.env.PATH ?? "",
			HOST: "127.0.0.1",
			PORT: String(port),
			...serverEnvironment,
			...environment,
		},
		stdio: ["ignore", "ignore", "inherit"],
	});
	const apiUrl = `http://127.0.0.1:${port}`;
	for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
		const healthy = await fetch(`${apiUrl}/health`).then(
			(answer) => answer.ok,
			() => false,
		);
		if (healthy) return { apiUrl, child };
		await sleep(50);
	}
	child.kill("SIGKILL");
	throw new Error("the server did not become healthy in 10 s");
}
