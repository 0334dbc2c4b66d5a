import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
	digestOf,
	findImage,
	pushImage,
	repositoryUrl,
	resolveImage,
} from "../../../../rehearsal/cloud/ecr/registry.ts";
import { createTestCloud, type TestCloud } from "../testCloud.ts";

describe("images", () => {
	let test: TestCloud;
	let image = "";
	const home = process.env.TRUSTED_LOGIN_HOME;
	beforeEach(async () => {
		test = createTestCloud();
		process.env.TRUSTED_LOGIN_HOME = dirname(test.cloud.root);
		await test.create("aws:ecr/repository:Repository", { name: "app/backend" });
		image = mkdtempSync(join(tmpdir(), "image-"));
		writeFileSync(
			join(image, "image.json"),
			'{"command":["node","server.mjs"],"environment":{"RELEASE":"1"}}',
		);
	});
	afterEach(() => {
		if (home === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = home;
		test.remove();
		rmSync(image, { recursive: true, force: true });
	});

	it("are found by tag and by digest after a push", () => {
		const { digest } = pushImage("app/backend", image, "1.0");
		assert.equal(
			findImage(test.cloud.root, "app/backend", { tag: "1.0" }).digest,
			digest,
		);
		const reference = `${repositoryUrl("app/backend")}@${digest}`;
		const found = resolveImage(test.cloud.root, reference);
		assert.deepEqual(found.command, ["node", "server.mjs"]);
		assert.deepEqual(found.environment, { RELEASE: "1" });
		assert.deepEqual(found.tags, ["1.0"]);
	});

	it("have a digest of their content, wherever they lie", () => {
		const before = digestOf(image);
		assert.equal(digestOf(image), before);
		mkdirSync(join(image, "sub"));
		writeFileSync(join(image, "sub/x"), "");
		assert.notEqual(digestOf(image), before);
	});

	it("keep their tag: another content under it is refused, the same is no change", () => {
		const { digest } = pushImage("app/backend", image, "1.0");
		assert.equal(pushImage("app/backend", image, "1.0").digest, digest);
		writeFileSync(join(image, "server.mjs"), "changed");
		assert.throws(
			() => pushImage("app/backend", image, "1.0"),
			/ImageTagAlreadyExistsException.*1.0/,
		);
	});

	it("that are not there are named, with how to push them", () => {
		assert.throws(
			() => findImage(test.cloud.root, "app/backend", { tag: "9" }),
			/app\/backend has no image 9 \(tags: none\); push it with pushImage/,
		);
		assert.throws(
			() => pushImage("app/none", image, "1"),
			/RepositoryNotFoundException.*app\/none/,
		);
		assert.throws(
			() => resolveImage(test.cloud.root, "docker.io/nginx:latest"),
			/CannotPullContainerError/,
		);
	});

	it("without a command are refused", () => {
		writeFileSync(join(image, "image.json"), "{}");
		assert.throws(
			() => pushImage("app/backend", image, "1"),
			/expected "command"/,
		);
	});

	it("hold their repository, unless it may be forced", async () => {
		pushImage("app/backend", image, "1.0");
		const remove = (outputs: Record<string, unknown>) =>
			test.ask("delete", {
				type: "aws:ecr/repository:Repository",
				id: "app/backend",
				outputs,
			});
		await assert.rejects(remove({}), /RepositoryNotEmptyException/);
		await remove({ forceDelete: true });
	});
});
