import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Cloud } from "../handler.ts";
import { logGroupFolder, logStreamFile } from "../logs/files.ts";
import { getSecretValue } from "../secretsmanager/vault.ts";

/** What a task takes from the other services of the cloud. */

export interface Image {
	readonly folder: string;
	readonly command: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
}

const imageSchema = z.object({
	command: z.array(z.string()).min(1),
	environment: z.record(z.string(), z.string()).default({}),
});

/**
 * The folder and defaults of an image named by digest.
 * @throws when the registry does not have it, or the reference has no digest
 */
export async function resolveImage(
	cloud: Cloud,
	reference: string,
): Promise<Image> {
	const registry = `${cloud.accountId}.dkr.ecr.${cloud.region}.amazonaws.com`;
	const [name = "", hex] = reference.split("@sha256:");
	if (!name.startsWith(`${registry}/`) || !/^[0-9a-f]{64}$/.test(hex ?? "")) {
		throw new Error(
			`${reference}: expected ${registry}/<repository>@sha256:<digest>`,
		);
	}
	const repository = name.slice(registry.length + 1);
	const folder = join(cloud.root, "ecr", repository, hex ?? "");
	if (repository.split("/").includes("..") || !existsSync(folder)) {
		throw new Error(`${reference}: not found`);
	}
	const json = await readFile(join(folder, "image.json"), "utf8");
	return { folder, ...imageSchema.parse(JSON.parse(json)) };
}

/**
 * The value that a container's `valueFrom` names: a secret's ARN, or `<ARN>:<key>::` for one key of a JSON value.
 * @throws when the secret, its value or the key is missing
 */
export async function resolveSecret(
	cloud: Cloud,
	valueFrom: string,
): Promise<string> {
	// arn:aws:secretsmanager:region:account:secret:name[:key:stage:version]
	const parts = valueFrom.split(":");
	const arn = parts.slice(0, 7).join(":");
	const [key = "", stage = "", versionId = ""] = parts.slice(7);
	const { value } = getSecretValue(cloud, arn, {
		...(stage !== "" && { stage }),
		...(versionId !== "" && { versionId }),
	});
	if (key === "") {
		return value;
	}
	const found: unknown = Reflect.get(Object(JSON.parse(value)), key);
	if (typeof found !== "string" && typeof found !== "number") {
		throw new Error(
			`retrieved secret from Secrets Manager did not contain json key ${key}: ${arn}`,
		);
	}
	return String(found);
}

const tailBytes = 4_096;
const tailLines = 5;

/**
 * Opens a log stream for appending.
 * @throws when the log group does not exist
 */
export async function openLog(
	cloud: Cloud,
	group: string,
	stream: string,
): Promise<{
	readonly handle: FileHandle;
	lastLines(): Promise<readonly string[]>;
}> {
	if (!existsSync(logGroupFolder(cloud.root, group))) {
		throw new Error(`the log group ${group} does not exist`);
	}
	const file = logStreamFile(cloud.root, group, stream);
	await mkdir(dirname(file), { recursive: true, mode: 0o700 });
	const handle = await open(file, "a", 0o600);
	return { handle, lastLines: () => readTail(file) };
}

async function readTail(file: string): Promise<readonly string[]> {
	let handle: FileHandle | undefined;
	try {
		handle = await open(file, "r");
		const { size } = await handle.stat();
		const start = Math.max(0, size - tailBytes);
		const { buffer, bytesRead } = await handle.read({
			buffer: Buffer.alloc(tailBytes),
			position: start,
		});
		const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
		return lines.filter((line) => line.trim() !== "").slice(-tailLines);
	} catch {
		// The log group was deleted while the task ran: nothing to quote.
		return [];
	} finally {
		await handle?.close();
	}
}
