import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImages } from "../../rehearsal/images/build.ts";
import { digestOf } from "../../rehearsal/images/bundle.ts";

describe("the images of a release", function () {
	this.timeout(60_000);
	let folder: string;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "trusted-login-images-"));
	});
	after(() => rm(folder, { recursive: true, force: true }));

	it("are the same to the byte for the same sources, and differ by the release only", async () => {
		const first = await buildImages("1.0.0", join(folder, "a"));
		const again = await buildImages("1.0.0", join(folder, "b"));
		const next = await buildImages("1.1.0", join(folder, "c"));
		for (const name of [
			"trusted-login-backend",
			"trusted-login-frontend",
			"trusted-login-cutover",
		] as const) {
			assert.equal(await digestOf(first[name]), await digestOf(again[name]));
			assert.notEqual(await digestOf(first[name]), await digestOf(next[name]));
			await rm(join(first[name], "image.json"));
			const image = JSON.parse(
				await readFile(join(next[name], "image.json"), "utf8"),
			);
			assert.equal(image.environment.RELEASE, "1.1.0");
			await rm(join(next[name], "image.json"));
			assert.equal(await digestOf(first[name]), await digestOf(next[name]));
		}
	});
});
