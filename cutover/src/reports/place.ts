import { UsageError } from "../errors.ts";

/** What is written: text, bytes, or the name of a file on this machine whose bytes are taken. */
export type ReportContent = string | Uint8Array | { readonly file: string };

/** A file as a place lists it. */
export interface ListedFile {
	/** Below the place, parts separated by `/`. */
	readonly name: string;
	readonly bytes: number;
	readonly changedAt: Date;
}

/**
 * Where reports are kept: a folder, or a prefix of a bucket. Names lie below it, their parts separated by `/`. Whatever
 * fails is a ReportPlaceError that names the place.
 */
export interface ReportPlace {
	/** What messages call it: the folder, or `s3://bucket/prefix`. */
	readonly address: string;
	/** What messages call a file of it. */
	addressOf(name: string): string;
	/** Writes a file whole or not at all; who reads meanwhile sees the one before. */
	write(
		name: string,
		content: ReportContent,
		options?: {
			/** Readable by its owner only; in a bucket, whose objects are private, without effect. Default: false. */
			readonly isPrivate?: boolean;
		},
	): Promise<void>;
	/**
	 * The bytes of a file, or undefined when there is none.
	 *
	 * @throws ReportPlaceError also when there are more than `limitBytes`.
	 */
	read(name: string, limitBytes: number): Promise<Buffer | undefined>;
	/** Every file whose name begins with the prefix, by name. */
	list(prefix: string): Promise<readonly ListedFile[]>;
	/** Makes sure that nobody takes what an earlier run left for a part of this one. */
	remove(name: string): Promise<void>;
	close(): void;
}

/**
 * A name that stays below its place wherever that is.
 *
 * @throws UsageError
 */
export function requireName(name: string): string {
	const parts = name.split("/");
	const isBad = parts.some((part) => ["", ".", ".."].includes(part));
	if (isBad || name.includes("\\") || name.includes("\0")) {
		throw new UsageError(
			`expected the name of a report below its place, got ${JSON.stringify(name)}`,
		);
	}
	return name;
}

/** `expected at most 1 MB` for readers of messages. */
export function tooBig(bytes: number, limitBytes: number) {
	return {
		reason: `the file has ${bytes} bytes, expected at most ${limitBytes}`,
		remedy: "name another file",
	};
}
