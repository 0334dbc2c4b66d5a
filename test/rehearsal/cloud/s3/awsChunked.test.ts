import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeAwsChunked } from "../../../../rehearsal/cloud/s3/awsChunked.ts";

async function* cut(text: string, size: number): AsyncIterable<Uint8Array> {
	const bytes = Buffer.from(text, "latin1");
	for (let i = 0; i < bytes.length; i += size)
		yield bytes.subarray(i, i + size);
}

async function decode(text: string, size: number) {
	const trailers: Record<string, string> = {};
	const parts: Uint8Array[] = [];
	for await (const part of decodeAwsChunked(cut(text, size), (name, value) => {
		trailers[name] = value;
	}))
		parts.push(Buffer.from(part));
	return { body: Buffer.concat(parts).toString("latin1"), trailers };
}

describe("a body sent as aws-chunked", () => {
	it("comes out whole, however the network cut it", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 4 }),
				fc.integer({ min: 1, max: 9 }),
				async (chunks, size) => {
					const framed = chunks.map((chunk) => {
						const latin = Buffer.from(chunk).toString("latin1");
						return `${latin.length.toString(16)};chunk-signature=ab\r\n${latin}\r\n`;
					});
					const { body } = await decode(`${framed.join("")}0\r\n\r\n`, size);
					assert.equal(Buffer.from(body, "latin1").toString(), chunks.join(""));
				},
			),
			{ numRuns: 50 },
		);
	});

	it("gives the trailers", async () => {
		const { body, trailers } = await decode(
			"3\r\nabc\r\n0\r\nX-Amz-Checksum-Crc32: NSRBwg==\r\n\r\n",
			5,
		);
		assert.equal(body, "abc");
		assert.deepEqual(trailers, { "x-amz-checksum-crc32": "NSRBwg==" });
	});

	for (const text of ["3\r\nab", "nonsense\r\n", "2\r\nabc\r\n0\r\n\r\n"])
		it(`refuses ${JSON.stringify(text)}`, async () => {
			await assert.rejects(decode(text, 100), /IncompleteBody/);
		});
});
