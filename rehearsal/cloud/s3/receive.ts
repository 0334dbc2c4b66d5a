import type { IncomingMessage } from "node:http";
import { decodeAwsChunked } from "./awsChunked.ts";
import { Checksums } from "./checksums.ts";

export class S3Error extends Error {
	override readonly name = "S3Error";
	readonly status: number;
	readonly code: string;

	constructor(status: number, code: string, message: string) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

/** The bytes of an upload without any framing, and the check of whatever its sender said about them. */
export function receiveBody(request: IncomingMessage): {
	body: AsyncIterable<Uint8Array>;
	verify: (md5: Buffer, size: number) => void;
} {
	const { headers } = request;
	const expected: Record<string, string> = {};
	const note = (name: string, value: string) => {
		if (name.startsWith("x-amz-checksum-"))
			expected[name.slice("x-amz-checksum-".length)] = value;
	};
	for (const [name, value] of Object.entries(headers)) note(name, `${value}`);
	const trailers = `${headers["x-amz-trailer"] ?? ""}`.split(",");
	const named = [...Object.keys(expected), ...trailers.map(checksumName)];
	const checksums = new Checksums(named);
	const chunked =
		`${headers["content-encoding"] ?? ""}`.includes("aws-chunked") ||
		`${headers["x-amz-content-sha256"] ?? ""}`.startsWith("STREAMING-");
	const raw = chunked ? decodeAwsChunked(request, note) : request;
	return {
		body: observed(raw, (chunk) => checksums.update(chunk)),
		verify(md5, size) {
			const length = headers["x-amz-decoded-content-length"];
			if (length !== undefined && Number(length) !== size)
				throw new S3Error(
					400,
					"IncompleteBody",
					`expected ${length} bytes, got ${size}`,
				);
			const given = headers["content-md5"];
			if (given !== undefined && given !== md5.toString("base64"))
				throw badDigest("Content-MD5");
			for (const [name, value] of Object.entries(checksums.digest()))
				if (expected[name] !== undefined && expected[name] !== value)
					throw badDigest(name);
		},
	};
}

const checksumName = (trailer: string): string =>
	trailer.trim().replace(/^x-amz-checksum-/, "");

const badDigest = (name: string): S3Error =>
	new S3Error(
		400,
		"BadDigest",
		`The ${name} you specified did not match what we received.`,
	);

async function* observed(
	body: AsyncIterable<Uint8Array>,
	see: (chunk: Uint8Array) => void,
): AsyncIterable<Uint8Array> {
	for await (const chunk of body) {
		see(chunk);
		yield chunk;
	}
}
