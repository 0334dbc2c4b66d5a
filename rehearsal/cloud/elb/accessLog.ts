import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

const flushAfterMs = 100;

/** A log of JSON lines, written together a few times a second: one write per request would cost more than routing. */
export class AccessLog {
	readonly #file: string;
	#lines: string[] = [];
	#timer: NodeJS.Timeout | undefined;
	#written: Promise<void> = Promise.resolve();

	constructor(file: string) {
		this.#file = file;
	}

	add(entry: object): void {
		this.#lines.push(`${JSON.stringify(entry)}\n`);
		this.#timer ??= setTimeout(() => this.#flush(), flushAfterMs);
	}

	async close(): Promise<void> {
		this.#flush();
		await this.#written;
	}

	#flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const text = this.#lines.join("");
		this.#lines = [];
		if (text !== "") {
			this.#written = this.#written.then(() => this.#append(text));
		}
	}

	async #append(text: string): Promise<void> {
		try {
			await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
			await appendFile(this.#file, text, { mode: 0o600 });
		} catch {
			// A full disk must not end the daemon for the sake of its log.
		}
	}
}
