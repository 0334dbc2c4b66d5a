import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
	chmodSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { marker } from "../../deploy/pipeline/reviewComment.mjs";

const digest = `sha256:${"a".repeat(64)}`;

describe("the scripts of the pipeline", function () {
	this.timeout(60_000);
	let folder: string;
	let server: Server;
	let address: string;
	let asked: { line: string; body: string }[];
	let comments: { id: number; body: string; user: { login: string } }[];
	let status: number;

	beforeEach(async () => {
		folder = mkdtempSync(join(tmpdir(), "trusted-login-pipeline-"));
		[asked, comments, status] = [[], [], 200];
		server = createServer(async (request, response) => {
			let body = "";
			for await (const chunk of request) body += chunk;
			asked.push({ line: `${request.method} ${request.url}`, body });
			response.statusCode = status;
			response.end(JSON.stringify(request.method === "GET" ? comments : {}));
		});
		await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
		address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterEach(() => {
		server.closeAllConnections();
		server.close();
		rmSync(folder, { recursive: true, force: true });
	});

	/** Runs a script with nothing in its environment but what is said, and answers how it ended. */
	async function run(
		script: string,
		args: readonly string[],
		env: Readonly<Record<string, string>>,
		cwd = ".",
	): Promise<{ code: number | null; stderr: string }> {
		const child = spawn(
			process.execPath,
			[resolve("deploy", script), ...args],
			{
				cwd,
				env: { PATH: process.env.PATH, ...env },
				stdio: ["ignore", "ignore", "pipe"],
			},
		);
		let stderr = "";
		child.stderr.setEncoding("utf8").on("data", (text) => {
			stderr += text;
		});
		const code = await new Promise<number | null>((done) =>
			child.once("close", done),
		);
		return { code, stderr };
	}

	const review = () => {
		mkdirSync(join(folder, "review-prod"));
		writeFileSync(join(folder, "review-prod/preview.txt"), "+ 3 to create");
		return {
			GITHUB_API_URL: address,
			GITHUB_REPOSITORY: "o/r",
			GITHUB_TOKEN: "t",
			PULL_REQUEST: "7",
			COMMIT: "0123",
		};
	};

	it("write one comment", async () => {
		const { code } = await run("pipeline/comment.mjs", [folder], review());
		assert.equal(code, 0);
		assert.equal(asked[1]?.line, "POST /repos/o/r/issues/7/comments");
		assert.match(asked[1]?.body ?? "", /\+ 3 to create/);
	});

	it("update it, and not one that somebody else wrote like it", async () => {
		const body = `${marker}\nold`;
		comments = [
			{ id: 1, body, user: { login: "somebody" } },
			{ id: 2, body, user: { login: "github-actions[bot]" } },
		];
		const { code } = await run("pipeline/comment.mjs", [folder], review());
		assert.equal(code, 0);
		assert.equal(asked[1]?.line, "PATCH /repos/o/r/issues/comments/2");
	});

	it("fail where GitHub refuses the comment", async () => {
		status = 403;
		const { code, stderr } = await run(
			"pipeline/comment.mjs",
			[folder],
			review(),
		);
		assert.equal(code, 1);
		assert.match(stderr, /expected GitHub to take GET .*, got 403/);
	});

	it("notify, and name neither address nor success where they could not", async () => {
		const env = {
			NEEDS: '{"deploy":{"result":"failure"}}',
			SLACK_WEBHOOK_URL: `${address}/hidden`,
		};
		assert.equal((await run("pipeline/notify.mjs", ["Staging"], env)).code, 0);
		assert.match(asked[0]?.body ?? "", /Staging: failure/);
		status = 404;
		const { code, stderr } = await run("pipeline/notify.mjs", ["Staging"], env);
		assert.equal(code, 1);
		assert.match(stderr, /nobody was notified: .* got 404/);
		assert.doesNotMatch(stderr, /hidden/);
	});

	it("fail without a webhook", async () => {
		const { code, stderr } = await run("pipeline/notify.mjs", [], {});
		assert.equal(code, 1);
		assert.match(stderr, /expected SLACK_WEBHOOK_URL, got none/);
	});

	/** A program on PATH that writes down how it was called. */
	function stub(name: string, body: string): string {
		const bin = join(folder, "bin");
		mkdirSync(bin, { recursive: true });
		const file = join(bin, name);
		writeFileSync(
			file,
			`#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${body}\n`,
		);
		chmodSync(file, 0o755);
		return `${bin}${delimiter}${process.env.PATH}`;
	}
	const calls = () => readFileSync(join(folder, "calls"), "utf8");

	function promotion(prod: string): Readonly<Record<string, string>> {
		const all = Object.fromEntries(
			["frontend", "backend", "cutover"].map((name) => [name, digest]),
		);
		writeFileSync(join(folder, "staging.json"), JSON.stringify(all));
		writeFileSync(
			join(folder, "Pulumi.prod.yaml"),
			`config:\n  trusted-login:images: ${JSON.stringify({ ...all, backend: prod })}\n`,
		);
		return {
			STACK: "prod",
			RELEASE: "2.0.0",
			SOURCE_REGISTRY: "one.example",
			TARGET_REGISTRY: "two.example",
		};
	}

	it("copy only what is not there yet, and fail when it still is not", async () => {
		const env = promotion(digest);
		const there = stub("docker", "exit 0");
		const once = await run(
			"pipeline/promote.mjs",
			["staging.json"],
			{ ...env, PATH: there },
			folder,
		);
		assert.equal(once.code, 0, once.stderr);
		assert.doesNotMatch(calls(), / create /);
		const missing = stub("docker", 'case "$*" in *inspect*) exit 1;; esac');
		const { code, stderr } = await run(
			"pipeline/promote.mjs",
			["staging.json"],
			{ ...env, PATH: missing },
			folder,
		);
		assert.equal(code, 1);
		assert.match(calls(), / create --prefer-index=false /);
		assert.match(
			stderr,
			/frontend: expected sha256:a+ in two\.example, got none/,
		);
	});

	it("copy nothing when one image is another one", async () => {
		const env = promotion(`sha256:${"b".repeat(64)}`);
		const PATH = stub("docker", "exit 0");
		const { code, stderr } = await run(
			"pipeline/promote.mjs",
			["staging.json"],
			{ ...env, PATH },
			folder,
		);
		assert.equal(code, 1);
		assert.match(stderr, /backend: expected sha256:a+, which staging proved/);
		assert.throws(calls);
	});

	const pushing = {
		RELEASE: "2.0.0",
		TAG: "2.0.0-0123",
		REGISTRY: "one.example",
		NODE_IMAGE: `node:20@${digest}`,
	};

	it("push nothing twice", async () => {
		stub("docker", "exit 1");
		const PATH = stub("aws", `echo ${digest}`);
		const GITHUB_OUTPUT = join(folder, "output");
		const { code, stderr } = await run("pipeline/push.mjs", [folder], {
			...pushing,
			PATH,
			GITHUB_OUTPUT,
		});
		assert.equal(code, 0, stderr);
		assert.doesNotMatch(calls(), /^docker/m);
		assert.match(
			readFileSync(GITHUB_OUTPUT, "utf8"),
			new RegExp(`^backend=${digest}$`, "m"),
		);
	});

	it("push nothing when the registry cannot be asked, or the base moves", async () => {
		stub("docker", "exit 0");
		const PATH = stub("aws", "echo AccessDenied >&2; exit 254");
		const refused = await run("pipeline/push.mjs", [folder], {
			...pushing,
			PATH,
		});
		assert.equal(refused.code, 1);
		assert.match(
			refused.stderr,
			/expected the registry to answer, got AccessDenied/,
		);
		assert.doesNotMatch(calls(), /^docker/m);
		const moving = await run("pipeline/push.mjs", [folder], {
			...pushing,
			PATH,
			NODE_IMAGE: "node:20",
		});
		assert.match(
			moving.stderr,
			/NODE_IMAGE: expected .*sha256.*, got "node:20"/,
		);
	});
});
