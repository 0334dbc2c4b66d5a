import { randomBytes } from "node:crypto";
import commandPackage from "@pulumi/command/package.json" with { type: "json" };
import { decideDiff, unknown } from "../diff.ts";
import type { Properties } from "../handler.ts";
import { checkCommand, commandType, secretOutputs } from "./commandRules.ts";
import { CommandRunner } from "./commandRun.ts";
import type { Marked, Provider, Tell } from "./provider.ts";
import { serveProvider } from "./serve.ts";

const runner = new CommandRunner();

/** The stand-in for the provider `command`: `command:local:Command` really runs. */
const command: Provider = {
	name: "command",
	version: commandPackage.version,
	checkConfig: () => [],

	check({ type, inputs }) {
		requireCommand(type);
		return checkCommand(inputs.values);
	},

	diff({ type, oldInputs, inputs }) {
		requireCommand(type);
		return decideDiff({ replaceOn: ["triggers"] }, oldInputs, inputs);
	},

	async create({ type, name, inputs, tell }) {
		requireCommand(type);
		const outputs = await run(inputs, "create", undefined, tell);
		return { id: `${name}${randomBytes(4).toString("hex")}`, outputs };
	},

	previewUpdate({ inputs, outputs }) {
		return {
			values: { ...inputs.values, stdout: unknown, stderr: unknown },
			secrets: [...inputs.secrets, ...outputs.secrets],
		};
	},

	// A command that ran has nothing to look at: what it said is in the state.
	async read({ type, inputs, outputs }) {
		requireCommand(type);
		return { inputs, outputs };
	},

	async update({ type, inputs, outputs, tell }) {
		requireCommand(type);
		const step = inputs.values.update === undefined ? "create" : "update";
		return run(inputs, step, outputs.values, tell);
	},

	async delete({ type, outputs, tell }) {
		requireCommand(type);
		await run(outputs, "delete", outputs.values, tell);
	},

	async invoke(token) {
		throw new Error(
			`the laptop's command provider does not have the function ${token}; use the resource ${commandType}`,
		);
	},

	cancel: () => runner.cancel(),
};

/** Runs one of the commands of a resource and answers its outputs: the inputs and what it said. */
async function run(
	{ values, secrets }: Marked,
	step: "create" | "update" | "delete",
	previous: Properties | undefined,
	tell: Tell,
): Promise<Marked> {
	const text = values[step];
	const said =
		typeof text === "string"
			? await runner.run({ text, values, secrets, previous, tell })
			: { stdout: "", stderr: "" };
	const { stdout: _, stderr: __, ...inputs } = values;
	return {
		values: { ...inputs, ...said },
		secrets: [...secrets, ...secretOutputs(secrets)],
	};
}

function requireCommand(type: string): void {
	if (type !== commandType)
		throw new Error(
			`the laptop's command provider does not have the type ${type}; it has ${commandType} only`,
		);
}

// The engine is gone, or it told this process to end: what it started must not go on alone.
process.on("exit", () => runner.killNow());
for (const signal of ["SIGINT", "SIGTERM"] as const)
	process.on(signal, () => process.exit(0));

await serveProvider(command);
