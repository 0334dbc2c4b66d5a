import { unknown } from "../diff.ts";
import type { Properties, PropertyFailure } from "../handler.ts";

export const commandType = "command:local:Command";

const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
	create: isText,
	update: isText,
	delete: isText,
	dir: isText,
	stdin: isText,
	environment: (value) => isObject(value) && Object.values(value).every(isText),
	interpreter: (value) =>
		Array.isArray(value) && value.length > 0 && value.every(isText),
	triggers: Array.isArray,
	addPreviousOutputInEnv: (value) =>
		typeof value === "boolean" || value === unknown,
	logging: (value) =>
		["stdout", "stderr", "stdoutAndStderr", "none", unknown].includes(
			value as string,
		),
};

/** Refuses what the provider's types refuse, and what the stand-in does not do. */
export function checkCommand(inputs: Properties): readonly PropertyFailure[] {
	return Object.entries(inputs).flatMap(([property, value]) => {
		if (value === undefined || value === null || value === unknown) return [];
		if (property === "assetPaths" || property === "archivePaths")
			return [
				{
					property,
					reason:
						"the laptop's command provider does not collect files; read them in the program",
				},
			];
		const holds = kinds[property];
		if (holds === undefined) return [{ property, reason: "unknown property" }];
		return holds(value)
			? []
			: [{ property, reason: "a value of the wrong kind" }];
	});
}

/** What a command says may repeat what it was told: the real provider marks the same. */
export function secretOutputs(secretInputs: readonly string[]): string[] {
	const telling = [
		"create",
		"update",
		"environment",
		"stdin",
		"interpreter",
		"dir",
	];
	return secretInputs.some((input) => telling.includes(input))
		? ["stdout", "stderr"]
		: [];
}

function isText(value: unknown): boolean {
	return typeof value === "string" || value === unknown;
}

const isObject = (value: unknown): value is Properties =>
	typeof value === "object" && value !== null && !Array.isArray(value);
