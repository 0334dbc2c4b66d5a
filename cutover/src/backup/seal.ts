import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { Decrypter, Encrypter } from "age-encryption";
import { RefusedError, reasonOf } from "../errors.ts";
import { fileMode } from "./durable.ts";

/** Bytes on their way. */
export type Chunks = AsyncIterable<Uint8Array>;

/** What lies on disk after a file was written. */
export interface Sealed {
	readonly size: number;
	readonly sha256: string;
	/** Bytes before encryption. */
	readonly plainSize: number;
}

/** Writes files of a backup, encrypted or not. */
export interface Sealer {
	/** `.age`, or nothing where files are left as they are. */
	readonly suffix: string;
	/** Writes the bytes, synced to disk when it returns; what is half written is removed. */
	write(
		file: string,
		chunks: Chunks,
		onBytes?: (bytes: number) => void,
	): Promise<Sealed>;
}

/** A sealer for these public keys; for none at all, files stay plain. */
export function createSealer(recipients: readonly string[]): Sealer {
	if (recipients.length === 0) return { suffix: "", write: writePlain };
	const encrypter = new Encrypter();
	for (const recipient of recipients) encrypter.addRecipient(recipient);
	return {
		suffix: ".age",
		async write(file, chunks, onBytes) {
			let plainSize = 0;
			const counted = async function* () {
				for await (const chunk of chunks) {
					plainSize += chunk.length;
					onBytes?.(chunk.length);
					yield chunk;
				}
			};
			const sealed = await encrypter.encrypt(webStream(counted()));
			const written = await writePlain(file, sealed as unknown as Chunks);
			return { ...written, plainSize };
		},
	};
}

/** Opens a file of a backup for reading; without identities it is taken for plain. */
export async function openSealed(
	file: string,
	identities: readonly string[],
): Promise<Chunks> {
	const chunks: Chunks = createReadStream(file, { highWaterMark: 1 << 18 });
	if (identities.length === 0) return chunks;
	const decrypter = new Decrypter();
	for (const identity of identities) decrypter.addIdentity(identity);
	try {
		const opened = await decrypter.decrypt(webStream(chunks));
		return opened as unknown as Chunks;
	} catch (error) {
		throw new RefusedError(
			`${file} cannot be decrypted: ${reasonOf(error)}; the private key is not the one of this backup, or the file is damaged ("cutover backup verify" tells)`,
			{ cause: error },
		);
	}
}

async function writePlain(
	file: string,
	chunks: Chunks,
	onBytes?: (bytes: number) => void,
): Promise<Sealed> {
	const hash = createHash("sha256");
	let size = 0;
	const handle = await open(file, "wx", fileMode);
	try {
		for await (const chunk of chunks) {
			hash.update(chunk);
			size += chunk.length;
			onBytes?.(chunk.length);
			await writeAll(handle, chunk);
		}
		await handle.sync();
	} catch (error) {
		await rm(file, { force: true }).catch(() => undefined);
		throw error;
	} finally {
		await handle.close();
	}
	return { size, sha256: hash.digest("hex"), plainSize: size };
}

async function writeAll(
	handle: { write(data: Uint8Array): Promise<{ bytesWritten: number }> },
	chunk: Uint8Array,
): Promise<void> {
	let rest = chunk;
	while (rest.length > 0) {
		const { bytesWritten } = await handle.write(rest);
		rest = rest.subarray(bytesWritten);
	}
}

/** The encryption speaks the streams of the web. */
function webStream(chunks: Chunks): globalThis.ReadableStream<Uint8Array> {
	const stream: ReadableStream = Readable.toWeb(
		Readable.from(chunks, { objectMode: true }),
	);
	return stream as globalThis.ReadableStream<Uint8Array>;
}

/** The sha256 (hex) and size of a file as it lies there. */
export async function hashFile(
	file: string,
	onBytes?: (bytes: number) => void,
): Promise<{ readonly sha256: string; readonly size: number }> {
	const hash = createHash("sha256");
	let size = 0;
	for await (const chunk of createReadStream(file, {
		highWaterMark: 1 << 20,
	})) {
		const bytes = chunk as Buffer;
		hash.update(bytes);
		size += bytes.length;
		onBytes?.(bytes.length);
	}
	return { sha256: hash.digest("hex"), size };
}
