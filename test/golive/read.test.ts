import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { treeHash } from "../../golive/src/index.ts";
import {
	digestsOnly,
	folder,
	openPlace,
	readProgram,
	readRecords,
	readText,
} from "../../golive/src/read/index.ts";
import { evidenceRecord, provenWorld, sha256 } from "./fixture.ts";

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "trusted-login-read-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("readRecords", () => {
	it("hashes the reports of the wanted release, and no others", async () => {
		mkdirSync(join(root, "records"));
		const world = provenWorld();
		const { text = "" } = evidenceRecord("tests", "staging", world);
		writeFileSync(join(root, "records/a.json"), text);
		const report = sha256("tests report");
		mkdirSync(join(root, `reports/${report}`), { recursive: true });
		writeFileSync(join(root, `reports/${report}/tests.json`), "other bytes");
		const [wanted] = await readRecords(folder(root), { release: "2.0.0" });
		assert.deepEqual(wanted?.reports?.get("tests.json"), {
			sha256: sha256("other bytes"),
			bytes: 11,
		});
		const [other] = await readRecords(folder(root), { release: "1.0.0" });
		assert.equal(other?.reports?.size, 0);
	});

	it("refuses a record of more than 10 MB, and goes on with the others", async () => {
		mkdirSync(join(root, "records"));
		writeFileSync(join(root, "records/a.json"), "{}");
		writeFileSync(join(root, "records/b.json"), "");
		truncateSync(join(root, "records/b.json"), 10 * 1024 * 1024 + 1);
		mkdirSync(join(root, "records/c.json"));
		const read = await readRecords(folder(root), { release: "2.0.0" });
		assert.equal(read[0]?.text, "{}");
		assert.match(
			read[1]?.problem ?? "",
			/expected at most 10485760 bytes, got 10485761/,
		);
		assert.match(
			read[2]?.problem ?? "",
			/expected a file|EISDIR|cannot be read/,
		);
	});

	it("finds no evidence in a folder that is not there", async () => {
		const place = folder(join(root, "none"));
		assert.deepEqual(await readRecords(place, { release: "2.0.0" }), []);
	});

	it("refuses what is no address of a bucket", async () => {
		for (const place of [
			"s3://",
			"s3://UPPER/x",
			"s3://a/../b",
			"s3://b c/x",
		]) {
			await assert.rejects(
				openPlace(place),
				/evidence: expected s3:\/\/bucket\/prefix: .*; got s3:/,
			);
		}
	});

	it("reads no file that is larger than allowed", async () => {
		writeFileSync(join(root, "x"), "12345");
		assert.equal(await readText(join(root, "x"), 5), "12345");
		await assert.rejects(
			readText(join(root, "x"), 4),
			/expected at most 4 bytes, got 5/,
		);
	});
});

describe("readProgram", () => {
	const git = (...args: readonly string[]) =>
		execFileSync("git", ["-C", root, ...args], { stdio: "pipe" });
	const commit = () => {
		git("add", "--all");
		git(
			"-c",
			"user.name=t",
			"-c",
			"user.email=t@example.com",
			"commit",
			"-qm",
			"t",
		);
	};
	beforeEach(() => {
		git("init", "--quiet", ".");
		writeFileSync(join(root, "package-lock.json"), "{}");
		writeFileSync(join(root, "index.ts"), "1");
		writeFileSync(join(root, "Pulumi.prod.yaml"), "config: {}\n");
		symlinkSync("index.ts", join(root, "link"));
		commit();
	});

	it("is the hash of every tracked file's mode, bytes and path, without stack files", async () => {
		const { tree, lock } = await readProgram(root);
		assert.equal(lock, sha256("{}"));
		const files = [
			{ mode: "120000", path: "link", sha256: sha256("index.ts") },
			{ mode: "100644", path: "package-lock.json", sha256: sha256("{}") },
			{ mode: "100644", path: "index.ts", sha256: sha256("1") },
		];
		assert.equal(tree, treeHash(files));
		const text = [2, 0, 1]
			.map((index) => files[index])
			.map((file) => `${file?.mode} ${file?.sha256} ${file?.path}\0`)
			.join("");
		assert.equal(tree, sha256(text));
	});

	it("changes with a file, and not with a stack file", async () => {
		const before = await readProgram(root);
		writeFileSync(join(root, "Pulumi.prod.yaml"), "config: { a: 1 }\n");
		assert.deepEqual(await readProgram(root), before);
		writeFileSync(join(root, "index.ts"), "2");
		commit();
		assert.notEqual((await readProgram(root)).tree, before.tree);
	});

	it("refuses changed and untracked files", async () => {
		writeFileSync(join(root, "new.ts"), "");
		await assert.rejects(
			readProgram(root),
			/got 1 changed or untracked files \(new\.ts\)/,
		);
	});

	it("sees a change that git was told to overlook", async () => {
		const before = await readProgram(root);
		git("update-index", "--assume-unchanged", "index.ts");
		writeFileSync(join(root, "index.ts"), "hidden");
		assert.notEqual((await readProgram(root)).tree, before.tree);
	});

	it("refuses a folder that is no checkout", async () => {
		rmSync(join(root, ".git"), { recursive: true });
		await assert.rejects(
			readProgram(root),
			/the program's tree cannot be hashed/,
		);
	});
});

describe("digestsOnly", () => {
	it("takes images by digest, with or without a name, and no tags", () => {
		const hex = sha256("x");
		assert.deepEqual(
			digestsOnly({
				a: `sha256:${hex}`,
				b: `repo/b@sha256:${hex}`,
				c: "2.0.0",
				d: undefined,
			}),
			{ a: hex, b: hex },
		);
	});
});
