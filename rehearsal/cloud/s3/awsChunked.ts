/**
 * Takes the framing off a body that an SDK sent as `aws-chunked`: `<hex size>[;chunk-signature=...]\r\n<bytes>\r\n` ...
 * `0\r\n<trailers>\r\n\r\n`. The trailers, lower-cased, go to `onTrailer`.
 * @throws when the body ends early or is not framed so.
 */
export async function* decodeAwsChunked(
	body: AsyncIterable<Uint8Array>,
	onTrailer: (name: string, value: string) => void = () => {},
): AsyncIterable<Uint8Array> {
	let buffer = Buffer.alloc(0);
	let left = 0;
	let state = "size" as "size" | "data" | "dataEnd" | "trailers";
	for await (const piece of body) {
		buffer =
			buffer.length === 0 ? Buffer.from(piece) : Buffer.concat([buffer, piece]);
		for (;;) {
			if (state === "data") {
				const part = buffer.subarray(0, left);
				if (part.length === 0 && left > 0) break;
				buffer = buffer.subarray(part.length);
				left -= part.length;
				if (part.length > 0) yield part;
				if (left > 0) break;
				state = "dataEnd";
			}
			const end = buffer.indexOf("\r\n");
			if (end < 0) break;
			const line = buffer.toString("latin1", 0, end);
			buffer = buffer.subarray(end + 2);
			if (state === "size") {
				const size = /^([0-9a-f]+)(;.*)?$/i.exec(line)?.[1];
				if (size === undefined)
					throw new Error("IncompleteBody: the body is not aws-chunked");
				left = Number.parseInt(size, 16);
				state = left === 0 ? "trailers" : "data";
			} else if (state === "dataEnd") {
				if (line !== "") throw new Error("IncompleteBody: a chunk is too long");
				state = "size";
			} else if (line !== "") {
				const [name = "", ...value] = line.split(":");
				onTrailer(name.trim().toLowerCase(), value.join(":").trim());
			}
		}
	}
	if (state !== "trailers")
		throw new Error("IncompleteBody: the body ended before its last chunk");
}
