import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import {
	parseSettings,
	project,
	SettingsError,
	type StackSettings,
	secretNames,
} from "./stack.ts";

const stackFile = z.object({
	config: z.record(z.string(), z.unknown()).default({}),
});
const encrypted = z.object({ secure: z.string() });

/**
 * Reads a `Pulumi.<stack>.yaml` without an engine.
 * @throws SettingsError when it is no stack file, holds a secret in plain text, or a key is bad.
 */
export function loadStackFile(path: string): StackSettings {
	const file = basename(path);
	const { config } = parseStackFile(path, file);
	const prefix = `${project}:`;
	const own = Object.entries(config)
		.filter(([key]) => key.startsWith(prefix))
		.map(([key, value]) => [key.slice(prefix.length), value] as const);
	for (const [key, value] of own) {
		if (secretNames.includes(key) && !encrypted.safeParse(value).success) {
			throw new SettingsError(
				file,
				`✖ ${key}: expected an encrypted value, got plain text; replace it with \`pulumi config set --secret ${key}\` and change the secret itself`,
			);
		}
	}
	return parseSettings(
		Object.fromEntries(own.filter(([key]) => !secretNames.includes(key))),
		file,
	);
}

function parseStackFile(path: string, file: string): z.infer<typeof stackFile> {
	try {
		return stackFile.parse(parse(readFileSync(path, "utf8")));
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new SettingsError(file, `✖ expected a stack file, got: ${reason}`);
	}
}
