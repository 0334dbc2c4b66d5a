import { createHash } from "node:crypto";
import {
	closeSync,
	createReadStream,
	fstatSync,
	openSync,
	readSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { EvidenceError } from "../errors.ts";
import type { FoundReport } from "../records.ts";
import { largestFileBytes } from "../yamlText.ts";

/** Where evidence lies, for reading. */
export interface EvidencePlace {
	/** Every key below `records/`, in any order. */
	list(): Promise<readonly string[]>;
	/**
	 * The text of a record.
	 * @throws EvidenceError when it is larger than `maxBytes` or cannot be read.
	 */
	read(key: string, maxBytes: number): Promise<string>;
	/** Hash and size of a report, read piece by piece; undefined when it is not there or larger than 10 MB. */
	hash(key: string): Promise<FoundReport | undefined>;
	/** Ends its connections. */
	close(): void;
}

/** Key of a record, and of a report beside it. */
export const recordsFolder = "records";
export const reportKey = (sha256: string, name: string): string =>
	`reports/${sha256}/${name}`;

/** Evidence in a folder. A folder that is not there holds no evidence. */
export function folder(root: string): EvidencePlace {
	return {
		async list() {
			try {
				const names = await readdir(join(root, recordsFolder));
				return names
					.filter((name) => name.endsWith(".json"))
					.map((name) => `${recordsFolder}/${name}`);
			} catch (error) {
				if (codeOf(error) === "ENOENT") return [];
				throw new EvidenceError(
					`the evidence in ${root} cannot be read: ${messageOf(error)}`,
					{ cause: error },
				);
			}
		},
		async read(key, maxBytes) {
			return await readText(join(root, key), maxBytes);
		},
		async hash(key) {
			try {
				return await hashBytes(createReadStream(join(root, key)));
			} catch {
				// Missing, a folder, not ours to read: in each case it is not what was signed.
				return undefined;
			}
		},
		close: () => undefined,
	};
}

/**
 * Reads a text file of bounded size, also one that grows while it is read.
 * @throws EvidenceError when it is larger or cannot be read.
 */
export async function readText(
	file: string,
	maxBytes: number = largestFileBytes,
): Promise<string> {
	let descriptor: number;
	try {
		descriptor = openSync(file, "r");
	} catch (error) {
		throw new EvidenceError(`${file} cannot be read: ${messageOf(error)}`, {
			cause: error,
		});
	}
	// Without a thread's help: a thousand small files are read in a tenth of the time.
	try {
		const found = fstatSync(descriptor);
		if (!found.isFile()) {
			throw new EvidenceError(`${file}: expected a file, got something else`);
		}
		if (found.size > maxBytes) throw tooLarge(file, found.size, maxBytes);
		// One byte more than it had: whoever has grown since shows it.
		const buffer = Buffer.alloc(found.size + 1);
		let length = 0;
		while (length < buffer.length) {
			const read = readSync(
				descriptor,
				buffer,
				length,
				buffer.length - length,
				null,
			);
			if (read === 0) return buffer.toString("utf8", 0, length);
			length += read;
		}
		throw new EvidenceError(
			`${file} changed while it was read; run this again`,
		);
	} finally {
		closeSync(descriptor);
	}
}

/** Hash and size of a stream; undefined when it is larger than 10 MB. */
export async function hashBytes(
	stream: AsyncIterable<Uint8Array>,
): Promise<FoundReport | undefined> {
	const hash = createHash("sha256");
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (bytes > largestFileBytes) return undefined;
		hash.update(chunk);
	}
	return { sha256: hash.digest("hex"), bytes };
}

/** The refusal of a file that is too large to be one of ours. */
export function tooLarge(
	name: string,
	bytes: number,
	maxBytes: number,
): EvidenceError {
	return new EvidenceError(
		`${name}: expected at most ${maxBytes} bytes, got ${bytes}`,
	);
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;
/** What went wrong, in words. */
export function messageOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	// Of several refused connections Node names only the code.
	return error.message || String(codeOf(error) ?? error.name);
}
