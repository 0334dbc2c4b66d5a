import { delimiter, dirname } from "node:path";
import type { Variable } from "./containers.ts";

export interface EnvironmentParts {
	/** From the image, the container definition, the secrets and the overrides: the later wins. */
	readonly image: Readonly<Record<string, string>>;
	readonly definition: readonly Variable[];
	readonly secrets: readonly Variable[];
	readonly overrides: readonly Variable[];
	/** What the platform sets; nothing else can. */
	readonly platform: Readonly<Record<string, string>>;
}

/** The whole environment of a container's process: only PATH comes from the daemon's own. */
export function processEnvironment(
	parts: EnvironmentParts,
): Record<string, string> {
	const path = [dirname(process.execPath), process.env.PATH ?? ""];
	return {
		PATH: path.filter((entry) => entry !== "").join(delimiter),
		...parts.image,
		...toRecord(parts.definition),
		...toRecord(parts.secrets),
		...toRecord(parts.overrides),
		...parts.platform,
	};
}

/** `node` of an image is the Node that runs the laptop cloud. */
export function processCommand(
	imageCommand: readonly string[],
	entryPoint: readonly string[] | undefined,
	command: readonly string[],
): readonly [string, readonly string[]] {
	const [program = "", ...rest] = [...(entryPoint ?? imageCommand), ...command];
	return [program === "node" ? process.execPath : program, rest];
}

function toRecord(variables: readonly Variable[]): Record<string, string> {
	return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}
