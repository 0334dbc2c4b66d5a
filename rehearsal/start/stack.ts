import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkout, laptopPlaces } from "../engine/places.ts";
import { type PulumiResult, runPulumi } from "../engine/pulumi.ts";
import type { StackState } from "./updates.ts";

export const stackName = "dev";

/** An update that the engine did not finish; `tail` holds its last words. */
export class UpdateFailed extends Error {
	readonly tail: string;
	constructor(title: string, result: PulumiResult) {
		const tail = lastWords(result);
		super(`${title}: pulumi ended with ${result.exitCode}\n${tail}`);
		this.name = "UpdateFailed";
		this.tail = tail;
	}
}

/** Whether the stack exists. */
export function hasStack(): boolean {
	return existsSync(
		join(
			laptopPlaces().state,
			".pulumi",
			"stacks",
			"trusted-login",
			`${stackName}.json`,
		),
	);
}

/** Creates the stack when it is missing. Answers whether it had to. */
export async function ensureStack(): Promise<boolean> {
	if (hasStack()) return false;
	await pulumi("create the stack", ["stack", "init", stackName, "--no-select"]);
	return true;
}

/** Where the stack stands, or undefined when it has never been updated. */
export async function readStackState(): Promise<StackState | undefined> {
	const { phase, images } = await readOutputs();
	if (phase !== "provision" && phase !== "backfill" && phase !== "live")
		return undefined;
	const tags = imageTags(images);
	return tags ? { phase, images: tags } : { phase };
}

/** The stack's outputs; secrets stay hidden. */
export async function readOutputs(): Promise<Record<string, unknown>> {
	const { stdout } = await pulumi("read the outputs", [
		"stack",
		"output",
		"--json",
		"--stack",
		stackName,
	]);
	return JSON.parse(stdout);
}

/** What an update changed, as the engine counted it: `58 created, 2 updated`. */
export interface Changes {
	readonly created: number;
	readonly updated: number;
	readonly replaced: number;
	readonly deleted: number;
}

/** Brings the stack to what the file says, with the policy pack in force. */
export async function update(
	title: string,
	stackFile: string | undefined,
	note: (text: string) => void,
	signal: AbortSignal,
): Promise<Changes> {
	const file = stackFile === undefined ? [] : ["--config-file", stackFile];
	const result = await pulumi(
		title,
		[
			"up",
			"--yes",
			"--skip-preview",
			"--stack",
			stackName,
			"--policy-pack",
			"policies",
			...file,
		],
		note,
		signal,
	);
	return countChanges(result.stdout);
}

/** Removes everything that the stack declared, and the stack; the stack file is the repository's and stays. */
export async function destroy(note: (text: string) => void): Promise<void> {
	const stack = ["--yes", "--stack", stackName];
	await pulumi(
		"remove the stack's resources",
		["destroy", "--skip-preview", ...stack],
		note,
	);
	await pulumi(
		"remove the stack",
		["stack", "rm", "--preserve-config", ...stack],
		note,
	);
}

/** Reads the engine's closing summary. Missing counts are zero. */
export function countChanges(output: string): Changes {
	const summary = output.slice(output.lastIndexOf("\nResources:"));
	const count = (word: string) =>
		Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
	return {
		created: count("created"),
		updated: count("updated"),
		replaced: count("replaced"),
		deleted: count("deleted"),
	};
}

async function pulumi(
	title: string,
	args: readonly string[],
	note: (text: string) => void = () => {},
	signal?: AbortSignal,
): Promise<PulumiResult> {
	const result = await runPulumi([...args, "--non-interactive"], {
		cwd: checkout(),
		onLine: (line) => note(line.trim()),
		...(signal ? { signal } : {}),
	});
	if (result.exitCode !== 0) throw new UpdateFailed(title, result);
	return result;
}

/** The diagnostics where there are any, the last lines otherwise. */
function lastWords({ stdout, stderr }: PulumiResult): string {
	const lines = `${stdout}\n${stderr}`
		.split("\n")
		.filter((line) => line.trim() !== "");
	const begin = lines.findIndex((line) => line.startsWith("Diagnostics:"));
	if (begin < 0) return lines.slice(-40).join("\n");
	const length = lines
		.slice(begin)
		.findIndex((line) => /^(Outputs|Resources|Duration):?/.test(line));
	return lines
		.slice(begin, length < 0 ? undefined : begin + length)
		.slice(-60)
		.join("\n");
}

function imageTags(images: unknown): StackState["images"] {
	if (typeof images !== "object" || images === null) return undefined;
	const { frontend, backend, cutover } = Object.fromEntries(
		Object.entries(images),
	);
	if (
		typeof frontend !== "string" ||
		typeof backend !== "string" ||
		typeof cutover !== "string"
	)
		return undefined;
	return { frontend, backend, cutover };
}
