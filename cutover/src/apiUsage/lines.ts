import { createGunzip } from "node:zlib";

/** No line of an access log is longer: what is, is no log. */
const lineLimit = 64 * 1024;

/**
 * Calls `onLine` for each line of a stream, unpacked when it is gzip, Latin-1; a line above 64 KB is given as undefined.
 * Holds one chunk and one line at a time. Answers the bytes read before unpacking.
 *
 * @throws whatever the stream or its unpacking throws; lines that came before were given.
 */
export async function eachLine(
	stream: AsyncIterable<Buffer>,
	onLine: (line: string | undefined) => void,
	onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
	let rest = "";
	let isTooLong = false;
	const take = (line: string) => {
		if (isTooLong || line.length > lineLimit) onLine(undefined);
		else if (line !== "" && line !== "\r") {
			onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
		}
		isTooLong = false;
	};
	for await (const chunk of unpacked(counted(stream, onBytes))) {
		const lines = (rest + chunk.toString("latin1")).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) take(line);
		if (rest.length > lineLimit) {
			isTooLong = true;
			rest = "";
		}
	}
	if (isTooLong || rest !== "") take(rest);
}

async function* counted(
	stream: AsyncIterable<Buffer>,
	onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
	for await (const chunk of stream) {
		onBytes(chunk.length);
		yield chunk;
	}
}

/** By its first bytes, whatever the file is called. */
async function* unpacked(
	stream: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
	const first = await stream.next();
	if (first.done === true) return;
	if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
		yield first.value;
		yield* stream;
		return;
	}
	const gunzip = createGunzip();
	const feeding = feed(gunzip, first.value, stream);
	try {
		for await (const chunk of gunzip) yield chunk as Buffer;
		await feeding;
	} finally {
		gunzip.destroy();
	}
}

async function feed(
	gunzip: ReturnType<typeof createGunzip>,
	first: Buffer,
	rest: AsyncIterable<Buffer>,
): Promise<void> {
	try {
		const write = (chunk: Buffer) =>
			new Promise<void>((resolve) => {
				if (gunzip.destroyed || gunzip.write(chunk)) resolve();
				else {
					gunzip.once("drain", resolve);
					gunzip.once("close", resolve);
				}
			});
		await write(first);
		for await (const chunk of rest) await write(chunk);
		gunzip.end();
	} catch (error) {
		gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
	}
}
