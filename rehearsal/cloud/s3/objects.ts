import { createHash, randomBytes } from "node:crypto";
import {
	createReadStream,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** What is known of an object beside its bytes. */
export interface StoredObject {
	readonly key: string;
	readonly size: number;
	/** MD5 in hex, without quotes. */
	readonly etag: string;
	readonly contentType: string;
	/** ISO 8601. */
	readonly lastModified: string;
	/** `x-amz-meta-*`, without that prefix. */
	readonly metadata: Readonly<Record<string, string>>;
}

/**
 * One bucket as a folder. An object's file is named by the hash of its key, so that no key, however it is written,
 * leads out of the folder; the key stands in a file beside it.
 */
export class Bucket {
	readonly #folder: string;
	#index: Map<string, StoredObject> | undefined;

	constructor(folder: string) {
		this.#folder = folder;
	}

	create(): void {
		mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
	}

	exists(): boolean {
		return existsSync(this.#folder);
	}

	remove(): void {
		this.#index = undefined;
		rmSync(this.#folder, { recursive: true, force: true });
	}

	/** All objects by key, in the order of their UTF-8 bytes. */
	list(): readonly StoredObject[] {
		return [...this.#load().values()].sort((a, b) =>
			Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
		);
	}

	head(key: string): StoredObject | undefined {
		return this.#load().get(key);
	}

	/** The bytes from `start` to `end`, both included. */
	read(key: string, range?: { start: number; end: number }): Readable {
		return createReadStream(objectFile(this.#folder, key), range);
	}

	/**
	 * Stores an object: it becomes visible whole, or not at all.
	 * @throws what `verify` throws; then nothing is stored.
	 */
	async write(
		key: string,
		body: AsyncIterable<Uint8Array>,
		about: { contentType: string; metadata: Record<string, string> },
		verify: (md5: Buffer, size: number) => void,
	): Promise<StoredObject> {
		const file = objectFile(this.#folder, key);
		const draft = `${file}.${randomBytes(4).toString("hex")}.part`;
		mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
		const hash = createHash("md5");
		let size = 0;
		try {
			const handle = await open(draft, "wx", 0o600);
			try {
				for await (const chunk of body) {
					hash.update(chunk);
					size += chunk.byteLength;
					await handle.writeFile(chunk);
				}
			} finally {
				await handle.close();
			}
			const md5 = hash.digest();
			verify(md5, size);
			const stored: StoredObject = {
				key,
				size,
				etag: md5.toString("hex"),
				lastModified: new Date().toISOString(),
				...about,
			};
			const index = this.#load();
			renameSync(draft, file);
			writeFileSync(`${file}.json.new`, JSON.stringify(stored), {
				mode: 0o600,
			});
			renameSync(`${file}.json.new`, `${file}.json`);
			index.set(key, stored);
			return stored;
		} finally {
			rmSync(draft, { force: true });
		}
	}

	delete(key: string): void {
		const file = objectFile(this.#folder, key);
		rmSync(`${file}.json`, { force: true });
		rmSync(file, { force: true });
		this.#load().delete(key);
	}

	#load(): Map<string, StoredObject> {
		this.#index ??= readIndex(this.#folder);
		return this.#index;
	}
}

/** Where an object's bytes lie: `<two digits>/<sha256 of the key>`. */
export function objectFile(folder: string, key: string): string {
	const hash = createHash("sha256").update(key).digest("hex");
	return join(folder, hash.slice(0, 2), hash);
}

function readIndex(folder: string): Map<string, StoredObject> {
	const index = new Map<string, StoredObject>();
	if (!existsSync(folder)) return index;
	for (const part of readdirSync(folder))
		for (const name of readdirSync(join(folder, part)))
			if (name.endsWith(".json")) {
				const stored = JSON.parse(
					readFileSync(join(folder, part, name), "utf8"),
				) as StoredObject;
				index.set(stored.key, stored);
			}
	return index;
}
