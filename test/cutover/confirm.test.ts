import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { confirmOn } from "../../cutover/src/confirm.ts";

/** Asks with a terminal, or a pipe, that says `typed`. */
async function ask(
	typed: string,
	isTTY: boolean,
	signal = new AbortController().signal,
): Promise<string> {
	const input = Object.assign(new PassThrough(), { isTTY });
	const output = new PassThrough();
	const confirm = confirmOn(input, output, signal);
	const asked = confirm({ what: "This drops things on db", word: "db" });
	if (typed !== "" || !isTTY) input.write(`${typed}\n`);
	await asked;
	return String(output.read());
}

describe("a confirmation", () => {
	it("says what will happen and goes on when the word was typed", async () => {
		assert.match(
			await ask("db", true),
			/This drops things on db\.\nType db to go on: /,
		);
	});

	it("stops at any other word", async () => {
		for (const typed of [" ", "y", "yes", "DB", "db2"]) {
			await assert.rejects(ask(typed, true), {
				name: "RefusedError",
				message: `not confirmed: expected db, got ${JSON.stringify(typed.trim())}; nothing was changed`,
			});
		}
	});

	it("stops when it is interrupted", async () => {
		const stop = new AbortController();
		const asked = ask("", true, stop.signal);
		stop.abort();
		await assert.rejects(asked, {
			name: "RefusedError",
			message: "not confirmed: stopped before an answer; nothing was changed",
		});
	});

	it("is a usage error where nobody can be asked", async () => {
		await assert.rejects(ask("db", false), {
			name: "UsageError",
			message:
				"This drops things on db: nobody can be asked without a terminal; give --yes to go on",
		});
	});
});
