import assert from "node:assert/strict";
import {
	type Archiving,
	archivingProblem,
} from "../../../cutover/src/backup/archiving.ts";
import { isOfServer } from "../../../cutover/src/backup/base.ts";
import { isLockFailure } from "../../../cutover/src/backup/locked.ts";
import { addSentence, InterruptedError } from "../../../cutover/src/errors.ts";

const sound: Archiving = {
	mode: "on",
	command: "cp %p /archive/%f",
	library: "",
	isFailing: false,
	failedWal: undefined,
	failedAt: undefined,
};
const failing = {
	isFailing: true,
	failedWal: "000000010000000000000007",
	failedAt: "2026-11-30T04:00:00.000Z",
};

describe("the end that a base backup waits for", () => {
	for (const [name, more] of [
		["that archives", {}],
		["that does not mean to archive", { mode: "off", command: "(disabled)" }],
		["that archives by a library", { command: "", library: "basic_archive" }],
		["that does not archive any more", { ...failing, mode: "off" }],
	] as const) {
		it(`comes on a server ${name}`, () => {
			assert.equal(archivingProblem({ ...sound, ...more }), undefined);
		});
	}

	it("never comes where nothing archives, which is said with what to do", () => {
		assert.match(
			archivingProblem({ ...sound, mode: "always", command: "" }) ?? "",
			/got archive_mode = always with neither archive_command nor archive_library: .* set one of them and run SELECT pg_reload_conf\(\), or turn archive_mode off/,
		);
	});

	it("never comes where archiving fails, which is said with what to do", () => {
		assert.match(
			archivingProblem({ ...sound, ...failing }) ?? "",
			/archiving fails \(last at 2026-11-30T04:00:00\.000Z, segment 000000010000000000000007\): .* why archive_command fails: mend it and repeat/,
		);
		assert.match(
			archivingProblem({ ...sound, ...failing, library: "basic_archive" }) ??
				"",
			/why archive_library basic_archive fails/,
		);
	});

	it("is waited for in the server's words, told from those of the program", () => {
		for (const [line, expected] of [
			["pg_basebackup: checkpoint completed", false],
			["", false],
			[
				"WARNING:  still waiting for all required WAL segments to be archived (60 seconds elapsed)",
				true,
			],
			["WARNUNG:  warte immer noch auf die Archivierung", true],
		] as const) {
			assert.equal(isOfServer(line), expected, line);
		}
	});
});

describe("a program that waits for a table", () => {
	for (const [line, expected] of [
		["ERROR:  canceling statement due to statement timeout", true],
		["ERROR:  canceling statement due to lock timeout", true],
		['error: could not obtain lock on relation "public.profiles"', true],
		["ERROR:  permission denied for table profiles", false],
		["ERROR:  canceling statement due to user request", false],
	] as const) {
		it(`is ${expected ? "" : "not "}known by: ${line}`, () => {
			assert.equal(
				isLockFailure({ lines: ["pg_dump: reading", line] }),
				expected,
			);
		});
	}
});

describe("an error that says something more", () => {
	it("stays what it was", () => {
		const error = new InterruptedError("stopped by SIGINT");
		assert.equal(addSentence(error, "the slot stays"), error);
		assert.equal(error.message, "stopped by SIGINT; the slot stays");
	});

	it("may be one of Node, or none", () => {
		const signal = AbortSignal.abort();
		const more = addSentence(signal.reason, "the slot stays");
		assert.ok(more instanceof Error);
		assert.match(more.message, /aborted; the slot stays$/);
		assert.match(String(addSentence("gone", "the slot stays")), /gone; the/);
	});
});
