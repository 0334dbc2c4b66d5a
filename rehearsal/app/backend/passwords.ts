import { Worker } from "node:worker_threads";
import type { PasswordAnswer, PasswordRequest } from "./passwordWorker.ts";

/** Checks and makes password hashes without holding up the requests of others: a bcrypt takes tens of milliseconds. */
export interface Passwords {
	verify(password: string, hash: string): Promise<boolean>;
	hash(password: string): Promise<string>;
	close(): Promise<void>;
}

type Waiting = {
	readonly resolve: (value: boolean | string) => void;
	readonly reject: (error: Error) => void;
};

/** Passwords by a worker thread, started at the first question. */
export function createPasswords(workerFile: URL): Passwords {
	let worker: Worker | undefined;
	let last = 0;
	const waiting = new Map<number, Waiting>();

	function start(): Worker {
		// A small young generation: the worker only ever holds a few strings and the hash's own memory.
		const started = new Worker(workerFile, {
			resourceLimits: { maxYoungGenerationSizeMb: 2 },
		});
		started.unref();
		started.on("message", (answer: PasswordAnswer) => {
			const asked = waiting.get(answer.number);
			waiting.delete(answer.number);
			if (waiting.size === 0) started.unref();
			if (answer.value === undefined) {
				asked?.reject(new Error(answer.error ?? "no answer"));
			} else {
				asked?.resolve(answer.value);
			}
		});
		started.on("error", (error) => {
			worker = undefined;
			for (const asked of waiting.values()) asked.reject(error);
			waiting.clear();
		});
		return started;
	}

	function ask(
		request: (number: number) => PasswordRequest,
	): Promise<boolean | string> {
		worker ??= start();
		worker.ref();
		const number = ++last;
		const answer = new Promise<boolean | string>((resolve, reject) => {
			waiting.set(number, { resolve, reject });
		});
		worker.postMessage(request(number));
		return answer;
	}

	return {
		verify: async (password, hash) =>
			(await ask((number) => ({ number, verb: "verify", password, hash }))) ===
			true,
		hash: async (password) =>
			String(await ask((number) => ({ number, verb: "hash", password }))),
		close: async () => {
			await worker?.terminate();
			worker = undefined;
		},
	};
}
