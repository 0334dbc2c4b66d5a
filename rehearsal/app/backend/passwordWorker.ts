import { parentPort } from "node:worker_threads";
import { hashPassword, verifyPassword } from "./passwordHash.ts";

/** What the server asks the worker; the answer carries the same number. */
export type PasswordRequest =
	| {
			readonly number: number;
			readonly verb: "verify";
			readonly password: string;
			readonly hash: string;
	  }
	| {
			readonly number: number;
			readonly verb: "hash";
			readonly password: string;
	  };

export interface PasswordAnswer {
	readonly number: number;
	readonly value?: boolean | string;
	readonly error?: string;
}

parentPort?.on("message", async (request: PasswordRequest) => {
	parentPort?.postMessage(await answer(request));
});

async function answer(request: PasswordRequest): Promise<PasswordAnswer> {
	try {
		const value =
			request.verb === "verify"
				? await verifyPassword(request.password, request.hash)
				: await hashPassword(request.password);
		return { number: request.number, value };
	} catch (error) {
		return { number: request.number, error: String(error) };
	}
}
