import assert from "node:assert/strict";
import { createClients, pipe } from "../../../bench/convert/clients.ts";
import { missingProgram } from "../../../bench/convert/contenders/tools.ts";

const node = (script: string) => [process.execPath, "-e", script];

describe("programs that the bench runs", () => {
	it("hands arguments through the pipe as they are, whatever they hold", async () => {
		const clients = createClients("/nowhere", new AbortController().signal);
		const odd = "a 'b' \"c\" $(echo d) ; exit 7";
		const left = [...node("process.stdout.write(process.argv[1])"), odd];
		const right = node("process.stdin.pipe(process.stdout)");
		assert.equal(await clients.run(pipe(left, right)), odd);
	});

	it("fails when the left side of a pipe does", async () => {
		const clients = createClients("/nowhere", new AbortController().signal);
		const left = node("console.error('no such table'); process.exit(3)");
		const right = node("process.stdin.resume()");
		await assert.rejects(
			clients.run(pipe(left, right)),
			/bash ended with 3: no such table/,
		);
	});

	it("says what is missing and how to get it", async () => {
		const clients = createClients("/nowhere", new AbortController().signal);
		assert.equal(
			await missingProgram(clients, ["no-such-tool"], "install it"),
			"no-such-tool is not installed; install it",
		);
		assert.equal(await missingProgram(clients, node("0"), ""), undefined);
		assert.equal(clients.pids.size, 0);
	});

	it("ends what runs, and starts nothing more, once everything is to end", async () => {
		const stop = new AbortController();
		const clients = createClients("/nowhere", stop.signal);
		const running = clients.run(node("setInterval(() => {}, 1000)"));
		setTimeout(() => stop.abort(new Error("stopped")), 50);
		await assert.rejects(running, /^Error: stopped$/);
		await assert.rejects(clients.run(node("0")), /^Error: stopped$/);
	});
});
