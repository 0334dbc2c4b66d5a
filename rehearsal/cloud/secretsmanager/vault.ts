import { createHash, randomUUID } from "node:crypto";
import {
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ApiError } from "../apiError.ts";
import type { Cloud } from "../handler.ts";
import { arn, randomMixed } from "../naming.ts";
import { loadKey, seal, unseal } from "./seal.ts";

/** A secret as it lies on disk: every version's value is sealed. */
export interface SecretRecord {
	readonly arn: string;
	readonly name: string;
	readonly description?: string;
	readonly createdAt: number;
	changedAt: number;
	versions: Record<string, { sealed: string; createdAt: number }>;
	/** Stage to version id: AWSCURRENT, AWSPREVIOUS. */
	stages: Record<string, string>;
}

export interface SecretValue {
	readonly arn: string;
	readonly name: string;
	readonly versionId: string;
	readonly versionStages: readonly string[];
	readonly value: string;
	/** Seconds since 1970. */
	readonly createdAt: number;
}

const folderOf = (cloud: Cloud): string => join(cloud.root, "secretsmanager");

/** @throws ResourceExistsException when the name is taken. */
export function createSecret(
	cloud: Cloud,
	{ name, description }: { name: string; description?: string | undefined },
): SecretRecord {
	if (listSecrets(cloud).some((secret) => secret.name === name))
		throw new ApiError(
			"ResourceExistsException",
			`ResourceExistsException: the secret ${name} already exists`,
		);
	const now = Date.now() / 1000;
	const record: SecretRecord = {
		arn: arn("secretsmanager", `secret:${name}-${randomMixed(6)}`),
		name,
		...(description === undefined ? {} : { description }),
		createdAt: now,
		changedAt: now,
		versions: {},
		stages: {},
	};
	save(cloud, record);
	return record;
}

/** A secret by ARN or name. */
export function findSecret(
	cloud: Cloud,
	arnOrName: string,
): SecretRecord | undefined {
	return (
		load(fileOf(cloud, arnOrName)) ??
		listSecrets(cloud).find((secret) => secret.name === arnOrName)
	);
}

/** @throws ResourceNotFoundException */
export function requireSecret(cloud: Cloud, arnOrName: string): SecretRecord {
	const found = findSecret(cloud, arnOrName);
	if (found === undefined)
		throw new ApiError(
			"ResourceNotFoundException",
			"Secrets Manager can't find the specified secret.",
		);
	return found;
}

export function deleteSecret(cloud: Cloud, secretArn: string): void {
	rmSync(fileOf(cloud, secretArn), { force: true });
}

/** Makes a value the current one; the current one becomes the previous. Repeating a version id with its value is no change. */
export function putSecretValue(
	cloud: Cloud,
	arnOrName: string,
	value: string,
	versionId: string = randomUUID(),
): { arn: string; name: string; versionId: string } {
	const secret = requireSecret(cloud, arnOrName);
	const { arn: secretArn, name } = secret;
	const key = loadKey(folderOf(cloud));
	const context = `${secretArn}|${versionId}`;
	const existing = secret.versions[versionId];
	if (existing !== undefined) {
		if (unseal(key, existing.sealed, context) !== value)
			throw new ApiError(
				"ResourceExistsException",
				`the version ${versionId} has another value`,
			);
		return { arn: secretArn, name, versionId };
	}
	const current = secret.stages.AWSCURRENT;
	const now = Date.now() / 1000;
	secret.versions[versionId] = {
		sealed: seal(key, value, context),
		createdAt: now,
	};
	secret.stages = {
		...secret.stages,
		...(current === undefined ? {} : { AWSPREVIOUS: current }),
		AWSCURRENT: versionId,
	};
	secret.changedAt = now;
	const staged = new Set(Object.values(secret.stages));
	// A version without a stage is deprecated and may go; the service keeps the newest hundred, the laptop ten.
	const old = Object.keys(secret.versions).filter((id) => !staged.has(id));
	for (const id of old.slice(0, -10)) delete secret.versions[id];
	save(cloud, secret);
	return { arn: secretArn, name, versionId };
}

/**
 * A value by version id or stage (default AWSCURRENT).
 * @throws ResourceNotFoundException, also when the secret has no value yet.
 */
export function getSecretValue(
	cloud: Cloud,
	arnOrName: string,
	which: { versionId?: string | undefined; stage?: string | undefined } = {},
): SecretValue {
	const secret = requireSecret(cloud, arnOrName);
	const stage = which.stage ?? "AWSCURRENT";
	const versionId = which.versionId ?? secret.stages[stage];
	const version =
		versionId === undefined ? undefined : secret.versions[versionId];
	if (versionId === undefined || version === undefined)
		throw new ApiError(
			"ResourceNotFoundException",
			`Secrets Manager can't find the specified secret value for ${which.versionId === undefined ? "staging label" : "VersionId"}: ${which.versionId ?? stage}`,
		);
	const key = loadKey(folderOf(cloud));
	return {
		arn: secret.arn,
		name: secret.name,
		versionId,
		versionStages: stagesOf(secret, versionId),
		value: unseal(key, version.sealed, `${secret.arn}|${versionId}`),
		createdAt: version.createdAt,
	};
}

/** Takes a version away, unless it is the current one: that stays until the secret goes. */
export function removeVersion(
	cloud: Cloud,
	secretArn: string,
	versionId: string,
): void {
	const secret = findSecret(cloud, secretArn);
	if (secret === undefined || secret.stages.AWSCURRENT === versionId) return;
	delete secret.versions[versionId];
	secret.stages = Object.fromEntries(
		Object.entries(secret.stages).filter(([, id]) => id !== versionId),
	);
	save(cloud, secret);
}

export const stagesOf = (
	{ stages }: SecretRecord,
	versionId: string,
): readonly string[] =>
	Object.keys(stages).filter((stage) => stages[stage] === versionId);

/** The file's name is a hash, because a secret's name may hold slashes. */
function fileOf(cloud: Cloud, secretArn: string): string {
	const hash = createHash("sha256").update(secretArn).digest("hex");
	return join(folderOf(cloud), `${hash.slice(0, 32)}.json`);
}

function listSecrets(cloud: Cloud): readonly SecretRecord[] {
	let files: string[];
	try {
		files = readdirSync(folderOf(cloud));
	} catch {
		return [];
	}
	return files
		.filter((file) => file.endsWith(".json"))
		.map((file) => load(join(folderOf(cloud), file)))
		.filter((secret) => secret !== undefined);
}

function load(file: string): SecretRecord | undefined {
	try {
		return JSON.parse(readFileSync(file, "utf8")) as SecretRecord;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT")
			return undefined;
		throw error;
	}
}

function save(cloud: Cloud, record: SecretRecord): void {
	mkdirSync(folderOf(cloud), { recursive: true, mode: 0o700 });
	const file = fileOf(cloud, record.arn);
	writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
	renameSync(`${file}.new`, file);
}
