import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Cloud } from "../handler.ts";
import { logGroupFolder, logStreamFile } from "../logs/files.ts";
import { getSecretValue } from "../secretsmanager/vault.ts";

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
