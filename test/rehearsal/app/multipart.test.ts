import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
	boundaryOf,
	MultipartError,
	readMultipart,
} from "../../../rehearsal/app/backend/multipart.ts";
import {
	keyFor,
	receive,
} from "../../../rehearsal/app/backend/routes/files.ts";

const boundary = "b0undary";

function bodyOf(
	parts: readonly { name: string; filename?: string; content: Buffer }[],
): Buffer {
	return Buffer.concat([
		...parts.flatMap(({ name, filename, content }) => [
			Buffer.from(
				`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\nContent-Type: text/plain\r\n\r\n`,
			),
			content,
			Buffer.from("\r\n"),
		]),
		Buffer.from(`--${boundary}--\r\n`),
	]);
}

async function* inChunks(
	body: Buffer,
	size: number,
): AsyncGenerator<Uint8Array> {
	for (let from = 0; from < body.length; from += size) {
		yield body.subarray(from, from + size);
	}
}

async function partsOf(body: Buffer, chunk: number) {
	const parts: {
		name: string;
		filename: string | undefined;
		content: Buffer;
	}[] = [];
	for await (const event of readMultipart(inChunks(body, chunk), boundary)) {
		if (event.kind === "part") {
			const { name, filename } = event;
			parts.push({ name, filename, content: Buffer.alloc(0) });
		} else if (event.kind === "data") {
			const last = parts.at(-1);
			assert.ok(last);
			last.content = Buffer.concat([last.content, event.bytes]);
		}
	}
	return parts;
}

describe("a multipart body", () => {
	it("is read the same however it is cut into chunks, also when its content looks like a boundary", async () => {
		const piece = fc.oneof(
			fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
			fc
				.constantFrom("\r\n", "\r\n--", `--${boundary}`, "--\r\n", "\r\n\r\n")
				.map((text) => Buffer.from(text)),
		);
		const content = fc
			.array(piece, { maxLength: 6 })
			.map((pieces) => Buffer.concat(pieces))
			.filter((bytes) => !bytes.includes(`\r\n--${boundary}`))
			.filter((bytes) => !bytes.toString("latin1").startsWith(`--${boundary}`));
		await fc.assert(
			fc.asyncProperty(
				fc.array(content, { minLength: 1, maxLength: 3 }),
				fc.integer({ min: 1, max: 60 }),
				async (contents, chunk) => {
					const body = bodyOf(
						contents.map((one, nth) => ({
							name: `field${nth}`,
							filename: `${nth}.txt`,
							content: one,
						})),
					);
					const parts = await partsOf(body, chunk);
					assert.deepEqual(
						parts.map((part) => part.content),
						contents,
					);
				},
			),
			{ numRuns: 150 },
		);
	});

	it("skips what comes before its first boundary", async () => {
		const body = Buffer.concat([
			Buffer.from("preamble\r\n"),
			bodyOf([{ name: "file", filename: "a", content: Buffer.from("x") }]),
		]);
		assert.equal((await partsOf(body, 7))[0]?.content.toString(), "x");
	});

	const refusals: readonly [string, Buffer][] = [
		["is empty", Buffer.alloc(0)],
		[
			"ends before its last boundary",
			bodyOf([{ name: "file", content: Buffer.from("x") }]).subarray(0, -6),
		],
		[
			"has a part without a name",
			Buffer.from(`--${boundary}\r\nX: y\r\n\r\nz`),
		],
		[
			"has a part header above 8 KB",
			Buffer.from(`--${boundary}\r\nX: ${"y".repeat(9000)}`),
		],
		[
			"has more than 20 parts",
			bodyOf(
				Array.from({ length: 21 }, (_, nth) => ({
					name: `f${nth}`,
					content: Buffer.from("x"),
				})),
			),
		],
	];
	for (const [what, body] of refusals) {
		it(`is refused when it ${what}`, async () => {
			await assert.rejects(partsOf(body, 64), MultipartError);
		});
	}

	it("needs a boundary in its content type", () => {
		assert.equal(boundaryOf('multipart/form-data; boundary="a b"'), "a b");
		assert.equal(boundaryOf("multipart/form-data; boundary=ab; x=y"), "ab");
		assert.throws(() => boundaryOf("multipart/form-data"), MultipartError);
		assert.throws(() => boundaryOf("application/json"), MultipartError);
		assert.throws(() => boundaryOf(undefined), MultipartError);
	});
});

describe("an upload", () => {
	let folder: string;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "trusted-login-multipart-"));
	});
	after(() => rm(folder, { recursive: true, force: true }));

	const take = (body: Buffer, limit: number, name: string) =>
		receive(
			readMultipart(inChunks(body, 50), boundary),
			join(folder, name),
			limit,
		);

	it("lands on disk with its size and sha256, other fields left out", async () => {
		const body = bodyOf([
			{ name: "note", content: Buffer.from("not the file") },
			{ name: "file", filename: "..\\a/b.TXT", content: Buffer.from("hello") },
		]);
		const received = await take(body, 1000, "good");
		assert.deepEqual(received, {
			filename: "b.TXT",
			contentType: "text/plain",
			size: 5,
			sha256:
				"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		});
		assert.equal(await readFile(join(folder, "good"), "utf8"), "hello");
	});

	it("is refused above the limit, whatever field the bytes are in", async () => {
		for (const name of ["file", "other"]) {
			const body = bodyOf([{ name, content: Buffer.alloc(2000) }]);
			await assert.rejects(take(body, 1000, `big-${name}`), { status: 413 });
		}
	});

	it("is refused without a part named file", async () => {
		const body = bodyOf([{ name: "other", content: Buffer.from("x") }]);
		await assert.rejects(take(body, 1000, "none"), MultipartError);
	});

	it("gets a key by month that keeps a harmless ending only", () => {
		const now = new Date("2026-03-05T00:00:00Z");
		assert.match(keyFor("a.PDF", now), /^2026\/03\/[0-9a-f-]{36}\.pdf$/);
		assert.match(keyFor("../../etc/passwd", now), /^2026\/03\/[0-9a-f-]{36}$/);
	});
});
