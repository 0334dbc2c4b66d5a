import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findAgentKey } from "../../cutover/src/adapters/sshAgent.ts";
import { openEnvelope } from "../../golive/src/dsse.ts";
import {
	bytesToSign,
	parseTrust,
	sealPayload,
} from "../../golive/src/index.ts";
import { defaultMinimum, sha256 } from "../golive/fixture.ts";

const run = promisify(execFile);

describe("signing with a key that stays in an agent", () => {
	const folder = mkdtempSync(join(tmpdir(), "golive-agent-"));
	const socket = join(folder, "agent.sock");
	const environment = { ...process.env, SSH_AUTH_SOCK: socket };
	let stop = async () => undefined as unknown;

	const add = async (comment: string, type = "ed25519") => {
		const file = join(folder, comment.replaceAll(/\W/g, "-"));
		await run("ssh-keygen", [
			...["-q", "-t", type, "-N", "", "-C", comment, "-f", file],
		]);
		await run("ssh-add", ["-q", file], { env: environment });
	};

	before(async () => {
		const child = spawn("ssh-agent", ["-D", "-a", socket], {
			stdio: "ignore",
		});
		const failed = once(child, "error").then(([error]) => {
			throw new Error(`not run: ssh-agent: ${error}`);
		});
		stop = async () => {
			if (child.exitCode !== null || child.pid === undefined) return;
			child.kill("SIGTERM");
			await once(child, "exit");
		};
		await Promise.race([failed, untilAnswers()]);
		await add("ada@example.com");
		await add("twice");
		await add("old@example.com", "ecdsa");
	});
	after(async () => {
		await stop();
		rmSync(folder, { recursive: true, force: true });
	});

	async function untilAnswers() {
		for (let tries = 0; tries < 100; tries++) {
			// 1: it answers and holds nothing; 2: nobody answers.
			const code = await run("ssh-add", ["-l"], { env: environment }).then(
				() => 0,
				(error: { code?: unknown }) => error.code,
			);
			if (code !== 2) return;
			await sleep(50);
		}
		throw new Error("ssh-agent does not answer");
	}

	it("makes envelopes that hold like those of a key file, found by comment and by id", async () => {
		const signer = await findAgentKey(socket, "ada@example.com");
		const same = await findAgentKey(socket, signer.keyId.slice(0, 12));
		assert.equal(same.keyId, signer.keyId);
		const text = JSON.stringify({
			version: 1,
			keys: [
				{
					publicKey: signer.publicKey,
					holder: "Ada",
					role: "CTO",
					kinds: [],
				},
			],
			minimum: defaultMinimum,
		});
		const trust = parseTrust(text, sha256(text));
		const payload = JSON.stringify({ said: "yes" });
		const signature = await signer.sign(bytesToSign(payload));
		const envelope = JSON.stringify(
			sealPayload(payload, signer.keyId, signature),
		);
		const opened = openEnvelope(envelope, (id) => trust.keys.get(id)?.key);
		assert.equal(opened.problem, undefined);
		assert.equal(opened.payload, payload);
	});

	it("names what the agent holds when it is something else", async () => {
		await assert.rejects(
			findAgentKey(socket, "old@example.com"),
			/expected one ed25519 key named old@example\.com in the agent, got 0; it holds: [0-9a-f]{12} \(ada@example\.com\), [0-9a-f]{12} \(twice\); ssh-keygen/,
		);
	});

	it("does not take a key for another", async () => {
		const { keyId } = await findAgentKey(socket, "twice");
		await assert.rejects(findAgentKey(socket, keyId.slice(0, 7)), /got 0/);
	});

	it("says that a key was removed in the meantime", async () => {
		await add("leaving");
		const signer = await findAgentKey(socket, "leaving");
		await run("ssh-add", ["-q", "-d", join(folder, "leaving")], {
			env: environment,
		});
		await assert.rejects(
			signer.sign(Buffer.from("x")),
			/the agent does not sign with the key "leaving": it was not confirmed, or has been removed/,
		);
	});

	it("needs an agent, and waits for none that is silent", async () => {
		await assert.rejects(
			findAgentKey(undefined, "ada"),
			/expected a key agent at SSH_AUTH_SOCK.*ssh-add/,
		);
		await assert.rejects(
			findAgentKey(join(folder, "nothing.sock"), "ada"),
			/the key agent at .*nothing\.sock does not answer: .*ENOENT/,
		);
		const silent = join(folder, "silent.sock");
		const server = createServer(() => undefined);
		await new Promise<void>((resolve) => server.listen(silent, resolve));
		try {
			await assert.rejects(
				findAgentKey(silent, "ada", 200),
				/does not answer: nothing came for 0\.2 s/,
			);
		} finally {
			server.close();
		}
	});

	for (const [title, answer] of [
		["an endless answer", Buffer.from([0xff, 0xff, 0xff, 0xff, 12])],
		["an answer that ends early", Buffer.from([0, 0, 0, 5, 12, 0, 0, 0, 9])],
		["no answer at all", Buffer.from([0, 0, 0, 1, 5])],
	] as const) {
		it(`refuses ${title}`, async () => {
			const path = join(folder, `${answer.length}.sock`);
			const server = createServer((connection) => {
				connection.once("data", () => connection.write(answer));
			});
			await new Promise<void>((resolve) => server.listen(path, resolve));
			try {
				await assert.rejects(
					findAgentKey(path, "ada", 2_000),
					/an answer of \d+ bytes|ends too early|does not list its keys/,
				);
			} finally {
				server.close();
			}
		});
	}
});
