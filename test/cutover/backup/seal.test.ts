import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKey } from "../../../cutover/src/backup/keys.ts";
import {
	type Chunks,
	createSealer,
	openSealed,
} from "../../../cutover/src/backup/seal.ts";

describe("files of a backup", () => {
	let folder: string;
	let recipient: string;
	let identity: string;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-seal-"));
		recipient = await makeKey(join(folder, "key"));
		identity =
			(await readFile(join(folder, "key"), "utf8")).split("\n")[1] ?? "";
	});
	after(() => rm(folder, { recursive: true, force: true }));

	async function* chunksOf(...parts: readonly Uint8Array[]) {
		yield* parts;
	}
	const read = async (chunks: Chunks) => {
		const parts: Uint8Array[] = [];
		for await (const chunk of chunks) parts.push(chunk);
		return Buffer.concat(parts);
	};

	for (const size of [0, 1, 65_536, 300_001]) {
		it(`of ${size} bytes come back as they were, and are not readable meanwhile`, async () => {
			const file = join(folder, `f${size}`);
			const bytes = randomBytes(size);
			const sealed = await createSealer([recipient]).write(
				file,
				chunksOf(bytes.subarray(0, 1000), bytes.subarray(1000)),
			);
			const stored = await readFile(file);
			assert.equal(sealed.plainSize, size);
			assert.equal(sealed.size, stored.length);
			assert.equal(
				sealed.sha256,
				createHash("sha256").update(stored).digest("hex"),
			);
			assert.equal((await stat(file)).mode & 0o777, 0o600);
			if (size > 100) assert.ok(!stored.includes(bytes.subarray(0, 50)));
			assert.deepEqual(await read(await openSealed(file, [identity])), bytes);
		});
	}

	it("are removed again when their bytes cannot be read to the end", async () => {
		const file = join(folder, "half");
		async function* failing() {
			yield randomBytes(200_000);
			throw new Error("the disk went away");
		}
		for (const recipients of [[recipient], []]) {
			await assert.rejects(
				createSealer(recipients).write(file, failing()),
				/the disk went away/,
			);
			assert.ok(!existsSync(file));
		}
	});

	it("do not open with another key, nor when a byte of them changed or the end is missing", async () => {
		const file = join(folder, "precious");
		await createSealer([recipient]).write(file, chunksOf(randomBytes(200_000)));
		const other = join(folder, "other-key");
		await makeKey(other);
		const wrong = (await readFile(other, "utf8")).split("\n")[1] ?? "";
		await assert.rejects(
			openSealed(file, [wrong]),
			/cannot be decrypted: .*the private key is not the one of this backup/,
		);
		const stored = await readFile(file);
		const changed = Buffer.from(stored);
		changed[150_000] = (changed[150_000] ?? 0) ^ 1;
		for (const bytes of [changed, stored.subarray(0, 131_500)]) {
			await writeFile(file, bytes);
			await assert.rejects(async () =>
				read(await openSealed(file, [identity])),
			);
		}
	});
});
