import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
	digestsOf,
	openRecord,
	parseTrust,
	type StoredRecord,
	writeStatement,
} from "../../golive/src/index.ts";
import {
	evidenceBody,
	people,
	personOf,
	provenWorld,
	sha256,
	subject,
	trustText,
} from "../golive/fixture.ts";

/** Another implementation of DSSE, its authors' own, built from Go modules: seconds the first time. */
describe("evidence and another implementation of DSSE", function () {
	this.timeout(300_000);
	let folder: string;
	let program: string;

	before(() => {
		folder = mkdtempSync(join(tmpdir(), "trusted-login-dsse-"));
		program = join(folder, "dsse");
		const { status, error, stderr } = spawnSync(
			"go",
			["build", "-mod=readonly", "-o", program, "."],
			{
				cwd: resolve("test/integration/goliveDsse"),
				env: { ...process.env, GOWORK: "off", GOFLAGS: "" },
				encoding: "utf8",
			},
		);
		assert.equal(
			status,
			0,
			`not run: expected Go to build the other implementation, got ${error?.message ?? stderr}; install Go 1.24 or newer`,
		);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	const other = (verb: string, key: string, input: string) =>
		spawnSync(program, [verb, key], { input, encoding: "utf8" });
	const trustFile = trustText([...people.values()]);
	const trust = parseTrust(trustFile, sha256(trustFile));
	const keyOf = ({ text = "" }: StoredRecord) => {
		const { keyid } = JSON.parse(text).signatures[0];
		for (const { key } of people.values()) {
			if (key.keyId === keyid) return key.publicKey;
		}
		throw new Error("expected a known key");
	};

	it("verifies every record of a whole go-live, and reads the same payload", () => {
		const { records } = provenWorld();
		assert.ok(records.length > 30);
		for (const record of records) {
			const { text = "" } = record;
			const { status, stdout, stderr } = other("verify", keyOf(record), text);
			assert.equal(status, 0, stderr);
			const payload = Buffer.from(JSON.parse(text).payload, "base64");
			assert.equal(stdout, payload.toString());
		}
	});

	it("refuses what we refuse: another payload, another key, another type", () => {
		const [record] = provenWorld().records;
		assert.ok(record);
		const envelope = JSON.parse(record.text ?? "");
		const payload = Buffer.from(envelope.payload, "base64").toString();
		const edited = payload.replace('"stack":"staging"', '"stack":"prodded"');
		assert.notEqual(edited, payload);
		const attempts = [
			{ ...envelope, payload: Buffer.from(edited).toString("base64") },
			{ ...envelope, payloadType: "application/vnd.other+json" },
		];
		for (const attempt of attempts) {
			const text = JSON.stringify(attempt);
			assert.equal(other("verify", keyOf(record), text).status, 1);
			assert.ok("problem" in openRecord({ path: "x", text }, trust));
		}
		const stranger = personOf("CTO").key.publicKey;
		assert.equal(other("verify", stranger, record.text ?? "").status, 1);
	});

	it("makes records that we believe", () => {
		const by = personOf("Pipeline");
		const { context, nowMs } = provenWorld();
		const body = evidenceBody("tests", "staging", context.release, nowMs, by);
		const payload = writeStatement({
			subject: digestsOf(subject),
			predicate: { type: "evidence", body },
		});
		// PKCS8 of an ed25519 key ends with its 32 bytes of seed.
		const seed = by.key.privateKey
			.export({ type: "pkcs8", format: "der" })
			.subarray(-32)
			.toString("base64");
		const { status, stdout, stderr } = other("sign", seed, payload);
		assert.equal(status, 0, stderr);
		const opened = openRecord({ path: "x", text: stdout }, trust);
		assert.ok("digest" in opened, JSON.stringify(opened));
		assert.deepEqual(opened.statement.predicate.body, body);
	});
});
