import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve, sep } from "node:path";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { requireBucketName } from "../../../../rehearsal/cloud/s3/buckets.ts";
import { Bucket, objectFile } from "../../../../rehearsal/cloud/s3/objects.ts";

async function* bytes(...parts: string[]): AsyncIterable<Uint8Array> {
	for (const part of parts) yield Buffer.from(part);
}
const about = { contentType: "text/plain", metadata: {} };

describe("a bucket in a folder", () => {
	let home = "";
	let bucket = new Bucket("");
	beforeEach(() => {
		home = mkdtempSync(join(tmpdir(), "bucket-"));
		bucket = new Bucket(join(home, "bucket"));
		bucket.create();
	});
	afterEach(() => rmSync(home, { recursive: true, force: true }));

	it("keeps every key inside its folder", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (key) => {
				const file = resolve(objectFile("/bucket", key));
				assert.ok(file.startsWith(`/bucket${sep}`));
			}),
		);
	});

	for (const key of ["../../escape", "/etc/passwd", "a//b", "uploads/", "ü"])
		it(`stores ${key} as itself`, async () => {
			const stored = await bucket.write(
				key,
				bytes("in", "side"),
				about,
				() => {},
			);
			assert.equal(
				stored.etag,
				createHash("md5").update("inside").digest("hex"),
			);
			assert.equal(await text(bucket.read(key)), "inside");
			assert.deepEqual(
				new Bucket(join(home, "bucket")).list().map((o) => o.key),
				[key],
			);
			assert.deepEqual(readdirSync(home), ["bucket"]);
		});

	it("stores nothing when the sender's checksum is another one", async () => {
		await bucket.write("a", bytes("old"), about, () => {});
		await assert.rejects(
			bucket.write("a", bytes("new"), about, () => {
				throw new Error("BadDigest");
			}),
			/BadDigest/,
		);
		assert.equal(await text(bucket.read("a")), "old");
		const files = readdirSync(join(home, "bucket"), { recursive: true });
		assert.ok(!files.some((file) => `${file}`.endsWith(".part")));
	});

	it("reads a part, and forgets what was deleted", async () => {
		await bucket.write("a", bytes("0123456789"), about, () => {});
		assert.equal(await text(bucket.read("a", { start: 2, end: 4 })), "234");
		bucket.delete("a");
		bucket.delete("a");
		assert.equal(bucket.head("a"), undefined);
		bucket.remove();
		assert.ok(!existsSync(join(home, "bucket")));
	});

	for (const name of ["..", "a/b", "UPPER", "a", "x..y", ""])
		it(`refuses the bucket name '${name}'`, () => {
			assert.throws(() => requireBucketName(name), /InvalidBucketName/);
		});
});
