import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	loadIdentities,
	loadRecipients,
	makeKey,
} from "../../../cutover/src/backup/keys.ts";
import { restoreEnvironment } from "../../environment.ts";

describe("the keys of backups", () => {
	let folder: string;
	const environment = { ...process.env };
	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-keys-"));
		process.env.XDG_CONFIG_HOME = folder;
	});
	afterEach(async () => {
		restoreEnvironment(environment);
		await rm(folder, { recursive: true, force: true });
	});

	it("are needed: nothing is written unencrypted by itself", async () => {
		await assert.rejects(
			loadRecipients({}),
			/no key to encrypt the backup with: set --recipients .* --plaintext writes hashes and secrets unencrypted/,
		);
	});

	it("are made once, for the owner alone, and never overwritten", async () => {
		const file = join(folder, "deep", "key");
		const recipient = await makeKey(file);
		assert.equal((await stat(file)).mode & 0o777, 0o600);
		assert.deepEqual(await loadRecipients({ identityFile: file }), [recipient]);
		const before = await readFile(file, "utf8");
		await assert.rejects(makeKey(file), /exists and is kept/);
		assert.equal(await readFile(file, "utf8"), before);
	});

	it("come from files with comments, several of them, each once", async () => {
		const file = join(folder, "recipients");
		await writeFile(file, "# ops\nage1aaa\n\nage1bbb\n");
		assert.deepEqual(
			await loadRecipients({
				recipients: "age1ccc, age1aaa",
				recipientsFile: file,
			}),
			["age1aaa", "age1bbb", "age1ccc"],
		);
	});

	it("that are private are refused where public ones belong, and are not repeated", async () => {
		await assert.rejects(
			loadRecipients({ recipients: "AGE-SECRET-KEY-1VERYSECRET" }),
			(error: Error) =>
				/expected public keys \(age1...\), got 1 that are none/.test(
					error.message,
				) && !error.message.includes("VERYSECRET"),
		);
	});

	it("that open backups are said to be missing, with the places looked at", async () => {
		await assert.rejects(
			loadIdentities({}),
			/no private key is at hand: set --identity-file or BACKUP_IDENTITY \(looked for .*backup-identity\.txt/,
		);
		await assert.rejects(
			loadIdentities({ identity: "hunter2" }),
			(error: Error) => !error.message.includes("hunter2"),
		);
	});
});
