import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CallLog, redact } from "../../../../rehearsal/cloud/daemon/calls.ts";

describe("the record of calls", () => {
	it("hides what the engine holds as a secret, whatever it is called", () => {
		assert.deepEqual(redact({ plain: 1, body: { a: "b" } }, ["body"]), {
			plain: 1,
			body: "[secret]",
		});
	});

	for (const key of [
		"password",
		"passwordWo",
		"masterUserPassword",
		"secretString",
		"SecretString",
		"JWT_SECRET",
		"privateKey",
	])
		it(`hides ${key} at any depth`, () => {
			assert.deepEqual(redact({ list: [{ [key]: "s3cret" }] }), {
				list: [{ [key]: "[secret]" }],
			});
		});

	for (const key of ["secretId", "secretArn", "manageMasterUserPassword"])
		it(`shows ${key}, which is no secret`, () => {
			const value = key === "manageMasterUserPassword" ? true : "arn:aws:x";
			assert.deepEqual(redact({ [key]: value }), { [key]: value });
		});

	it("hides the password inside a URL", () => {
		assert.deepEqual(redact({ message: "to postgres://me:s3cret@host/db" }), {
			message: "to postgres://me:[secret]@host/db",
		});
	});

	it("leaves out a last line that a kill cut short", () => {
		const folder = mkdtempSync(join(tmpdir(), "calls-"));
		try {
			const log = new CallLog(folder);
			const call = {
				at: "2026-01-01T00:00:00.000Z",
				api: "provider",
				operation: "create",
				outcome: "ok",
				milliseconds: 1,
			} as const;
			log.append(call);
			appendFileSync(join(folder, "calls.jsonl"), '{"at":"2026');
			assert.deepEqual(log.list(), [call]);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
});
