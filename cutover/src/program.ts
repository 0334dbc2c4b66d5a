import { Command, CommanderError, Option } from "commander";
import { createTalk, type Out, type Talk } from "./console.ts";
import { isKind, reasonOf } from "./errors.ts";
import { maskSecrets } from "./masking.ts";
import {
	exitCodeOf,
	type Outcome,
	type Result,
	usageExitCode,
} from "./outcome.ts";
import { renderResult } from "./render.ts";
import { verbs } from "./verbs/index.ts";
import { optionsOf, phases, recordedIn, type Verb } from "./verbs/verb.ts";

/** Where the program reads from and writes to. */
export interface Surroundings {
	readonly stdout: Out;
	readonly stderr: Out;
	readonly signal: AbortSignal;
}

/** Runs the command line and answers the exit code: 0 passed, 1 failed, 2 usage, 3 inconclusive or not run. */
export async function runProgram(
	args: readonly string[],
	around: Surroundings,
): Promise<number> {
	let exitCode = 0;
	const program = buildProgram(around, (code) => {
		exitCode = code;
	});
	try {
		await program.parseAsync(args, { from: "user" });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		return error.exitCode === 0 ? 0 : usageExitCode;
	}
	return exitCode;
}

function buildProgram(
	around: Surroundings,
	finish: (exitCode: number) => void,
): Command {
	const program = new Command("cutover")
		.description(
			"Moves and proves the data, switches the traffic and collects the evidence of a migration.",
		)
		.configureOutput({
			writeOut: (text) => around.stdout.write(text),
			writeErr: (text) => around.stderr.write(maskSecrets(text)),
		})
		.showHelpAfterError("(see cutover --help)")
		.exitOverride();
	const groups = new Map<string, Command>();
	for (const phase of phases) {
		for (const verb of verbs.filter((one) => one.phase === phase)) {
			declare(parentOf(program, groups, verb), verb, around, finish);
		}
	}
	const examples = verbs.flatMap((verb) => verb.examples.slice(0, 1));
	return program.addHelpText(
		"after",
		`\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}\n\nExit codes: 0 passed, 1 failed, 2 usage, 3 inconclusive or not run.`,
	);
}

function parentOf(
	program: Command,
	groups: Map<string, Command>,
	verb: Verb,
): Command {
	const [first = "", second] = verb.name.split(" ");
	if (second === undefined) return program;
	const known = groups.get(first);
	if (known !== undefined) return known;
	const words = verbs
		.filter((one) => one.name.startsWith(`${first} `))
		.map((one) => one.name.slice(first.length + 1));
	const group = program
		.command(first)
		.helpGroup(verb.phase)
		.summary(words.join(", "));
	groups.set(first, group);
	return group;
}

function declare(
	parent: Command,
	verb: Verb,
	around: Surroundings,
	finish: (exitCode: number) => void,
): void {
	const command = parent
		.command(verb.name.split(" ").at(-1) ?? verb.name)
		.helpGroup(verb.phase)
		.summary(verb.summary)
		.description(`${verb.summary[0]?.toUpperCase()}${verb.summary.slice(1)}.`)
		.addHelpText(
			"after",
			`${(verb.notes ?? []).map((line) => `\n${line}`).join("")}\n\nExamples:\n${verb.examples.map((line) => `  ${line}`).join("\n")}`,
		);
	for (const option of optionsOf(verb)) {
		const declared = new Option(option.flags, option.text);
		command.addOption(
			option.env === undefined ? declared : declared.env(option.env),
		);
	}
	command.option("--json", "print the result as one line of JSON");
	command.action(async (options: Record<string, unknown>) => {
		const isJson = options.json === true || verb.alwaysJson === true;
		finish(await runVerb(verb, withoutBlanks(options), isJson, around));
	});
}

async function runVerb(
	verb: Verb,
	options: Readonly<Record<string, unknown>>,
	isJson: boolean,
	around: Surroundings,
): Promise<number> {
	const talk = createTalk(around.stderr);
	let result: Result;
	try {
		result = await recording(verb, options, talk, async () => {
			try {
				return await verb.run(options, { talk, signal: around.signal });
			} catch (error) {
				if (isKind(error, "UsageError")) throw error;
				return failure(verb, error);
			}
		});
	} catch (error) {
		if (!isKind(error, "UsageError")) throw error;
		talk.say(`cutover ${verb.name}: ${reasonOf(error)}`);
		talk.say(`(see cutover ${verb.name} --help)`);
		return usageExitCode;
	}
	talk.endProgress();
	if (isJson) {
		around.stdout.write(`${maskSecrets(toJson(result))}\n`);
	} else {
		around.stdout.write(maskSecrets(renderResult(result)));
	}
	talk.say(result.next);
	return exitCodeOf(result.outcome);
}

/** Records the result for the status page where there is a folder for it; a usage error is no result. */
async function recording(
	verb: Verb,
	options: Readonly<Record<string, unknown>>,
	talk: Talk,
	work: () => Promise<Result>,
): Promise<Result> {
	const folder = recordedIn(verb, options);
	if (folder === undefined) return await work();
	const { recorded } = await import("./status/write.ts");
	const name = verb.recordedAs?.(options) ?? verb.name;
	return await recorded(name, folder, options, talk, work);
}

function failure(verb: Verb, error: unknown): Result {
	const outcome: Outcome = isKind(error, "NotAvailableError")
		? "not run"
		: "failed";
	const actual = reasonOf(error);
	return {
		outcome,
		checks: [
			{ name: verb.name, outcome, expected: "no error", actual, seconds: 0 },
		],
		next: isKind(error, "InterruptedError")
			? `Stopped before the end; run cutover ${verb.name} again to go on`
			: `cutover ${verb.name} did not finish: ${actual}`,
	};
}

function toJson(result: Result): string {
	const { facts, text, ...rest } = result;
	return JSON.stringify({ ...rest, ...facts, ...(text && { text }) });
}

/** An empty environment variable is no setting. */
function withoutBlanks(
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
	return Object.fromEntries(
		Object.entries(options).filter(([, value]) => value !== ""),
	);
}
