import assert from "node:assert/strict";
import fc from "fast-check";
import { listObjects } from "../../../../rehearsal/cloud/s3/list.ts";
import { parsePath, parseRange } from "../../../../rehearsal/cloud/s3/url.ts";

const object = (key: string) => ({
	key,
	size: 0,
	etag: "",
	contentType: "",
	lastModified: "",
	metadata: {},
});
const sorted = (keys: readonly string[]) =>
	[...new Set(keys)]
		.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
		.map(object);

function listAll(
	keys: readonly string[],
	request: { prefix: string; delimiter: string; maxKeys: number },
): string[] {
	const found: string[] = [];
	let after = "";
	for (let page = 0; page < 1000; page++) {
		const answer = listObjects(sorted(keys), { ...request, after });
		found.push(...answer.objects.map((o) => o.key), ...answer.commonPrefixes);
		if (answer.next === undefined) return found;
		after = answer.next;
	}
	throw new Error("endless");
}

describe("listing a bucket", () => {
	const keys = ["a", "b/1", "b/2", "b/c/3", "d"];

	it("rolls keys up to the delimiter", () => {
		const answer = listObjects(sorted(keys), {
			prefix: "b/",
			delimiter: "/",
			maxKeys: 10,
			after: "",
		});
		assert.deepEqual(
			answer.objects.map((o) => o.key),
			["b/1", "b/2"],
		);
		assert.deepEqual(answer.commonPrefixes, ["b/c/"]);
		assert.equal(answer.next, undefined);
	});

	it("gives every key and every prefix exactly once, however small the pages", () => {
		const key = fc.string({
			unit: fc.constantFrom("a", "b", "/"),
			maxLength: 5,
		});
		fc.assert(
			fc.property(
				fc.array(key, { maxLength: 12 }),
				fc.constantFrom("", "/"),
				fc.integer({ min: 1, max: 3 }),
				(some, delimiter, maxKeys) => {
					const named = some.filter((k) => k !== "");
					const request = { prefix: "", delimiter };
					assert.deepEqual(
						listAll(named, { ...request, maxKeys }).sort(),
						listAll(named, { ...request, maxKeys: 1000 }).sort(),
					);
				},
			),
		);
	});

	it("reads bucket and key from a path", () => {
		assert.deepEqual(parsePath("/bucket/a%2Fb/c%20d"), {
			bucketName: "bucket",
			key: "a/b/c d",
		});
	});

	it("reads a range", () => {
		assert.deepEqual(parseRange("bytes=0-3", 10), { start: 0, end: 3 });
		assert.deepEqual(parseRange("bytes=7-", 10), { start: 7, end: 9 });
		assert.deepEqual(parseRange("bytes=-4", 10), { start: 6, end: 9 });
		assert.equal(parseRange(undefined, 10), undefined);
		assert.throws(() => parseRange("bytes=10-", 10), /not satisfiable/);
	});
});
