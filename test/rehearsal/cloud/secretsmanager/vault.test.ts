import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { callJsonApi } from "../../../../rehearsal/cloud/api.ts";
import {
	seal,
	unseal,
} from "../../../../rehearsal/cloud/secretsmanager/seal.ts";
import { createTestCloud, type TestCloud } from "../testCloud.ts";

const secretType = "aws:secretsmanager/secret:Secret";
const versionType = "aws:secretsmanager/secretVersion:SecretVersion";

describe("secrets", () => {
	let test: TestCloud;
	beforeEach(() => {
		test = createTestCloud();
	});
	afterEach(() => test.remove());
	const api = async (
		action: string,
		input: Record<string, unknown>,
	): Promise<Record<string, unknown>> => {
		const { status, body } = await callJsonApi(
			`secretsmanager.${action}`,
			input,
			test.cloud,
		);
		return { status, ...(body as Record<string, unknown>) };
	};

	it("open only with their key and in their place", () => {
		const key = randomBytes(32);
		const sealed = seal(key, "s3cret", "arn|1");
		assert.equal(unseal(key, sealed, "arn|1"), "s3cret");
		assert.throws(() => unseal(key, sealed, "arn|2"));
		assert.throws(() => unseal(randomBytes(32), sealed, "arn|1"));
	});

	it("are nowhere on disk in plain text, and readable by their owner only", async () => {
		const secretId = await test.create(secretType, { name: "one" });
		await test.create(versionType, { secretId, secretString: "s3cret-value" });
		for (const file of readdirSync(test.cloud.root, { recursive: true })) {
			const path = join(test.cloud.root, `${file}`);
			if (!statSync(path).isFile()) continue;
			assert.doesNotMatch(readFileSync(path, "utf8"), /s3cret-value/);
			assert.equal(statSync(path).mode & 0o077, 0, path);
		}
	});

	it("move the old value to AWSPREVIOUS when a new one is put", async () => {
		const SecretId = await test.create(secretType, { name: "two" });
		await api("PutSecretValue", { SecretId, SecretString: "first" });
		await api("PutSecretValue", { SecretId: "two", SecretString: "second" });
		const current = await api("GetSecretValue", { SecretId });
		const previous = await api("GetSecretValue", {
			SecretId,
			VersionStage: "AWSPREVIOUS",
		});
		assert.equal(current.SecretString, "second");
		assert.equal(previous.SecretString, "first");
	});

	it("keep the same version when a put is repeated with its token", async () => {
		const SecretId = await test.create(secretType, { name: "three" });
		const put = {
			SecretId,
			SecretString: "x",
			ClientRequestToken: "token-1",
		};
		await api("PutSecretValue", put);
		assert.equal((await api("PutSecretValue", put)).VersionId, "token-1");
		const other = await api("PutSecretValue", { ...put, SecretString: "y" });
		assert.equal(other.__type, "ResourceExistsException");
	});

	it("that are not there, or have no value, answer as the service does", async () => {
		const missing = await api("GetSecretValue", { SecretId: "none" });
		assert.equal(missing.status, 400);
		assert.equal(missing.__type, "ResourceNotFoundException");
		await test.create(secretType, { name: "empty" });
		const empty = await api("GetSecretValue", { SecretId: "empty" });
		assert.equal(empty.__type, "ResourceNotFoundException");
		assert.match(String(empty.message), /AWSCURRENT/);
	});

	it("keep their current value when its resource is replaced", async () => {
		const secretId = await test.create(secretType, { name: "four" });
		const first = await test.create(versionType, {
			secretId,
			secretString: "a",
		});
		await test.create(versionType, { secretId, secretString: "b" });
		await test.ask("delete", { type: versionType, id: first });
		const { SecretString } = await api("GetSecretValue", {
			SecretId: secretId,
		});
		assert.equal(SecretString, "b");
	});

	it("refuse an action that the laptop cloud does not have", async () => {
		const answer = await api("RotateSecret", {});
		assert.equal(answer.status, 400);
		assert.equal(answer.__type, "UnknownOperationException");
	});
});
