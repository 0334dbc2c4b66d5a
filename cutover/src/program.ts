import { Command, CommanderError, Option } from "commander";
import { createTalk, type Out, type Talk } from "./console.ts";
import { isKind, problemsOf, reasonOf } from "./errors.ts";
import { withEvidence } from "./evidence/hook.ts";
import { maskSecrets } from "./masking.ts";
import {
	exitCodeOf,
	type Outcome,
	type Result,
	usageExitCode,
} from "./outcome.ts";
import { renderResult } from "./render.ts";
import {
	describeProblems,
	fillFromEnvironment,
	type GivenOptions,
} from "./verbs/environment.ts";
import { verbs } from "./verbs/index.ts";
import {
	type OptionSpec,
	optionsOf,
	phases,
	recordedIn,
	type Verb,
} from "./verbs/verb.ts";

/** Where the program reads from and writes to. */
export interface Surroundings {
	readonly stdout: Out;
	readonly stderr: Out;
	readonly signal: AbortSignal;
}

/** Every verb's. */
const jsonOption: OptionSpec = {
	flags: "--json",
	env: "CUTOVER_JSON",
	text: "print the result as one line of JSON",
};

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
		// Not read by the parser: it would take any text for a switch that is set.
		const env = option.env === undefined ? "" : ` (env: ${option.env})`;
		command.addOption(new Option(option.flags, `${option.text}${env}`));
	}
	command.addOption(new Option(jsonOption.flags, jsonOption.text));
	if (verb.argument !== undefined) command.argument(`[${verb.argument}]`);
	command.action(async (...given: readonly unknown[]) => {
		const options = withArgument(verb, given);
		finish(await runVerb(verb, withoutBlanks(options), around));
	});
}

async function runVerb(
	verb: Verb,
	said: Readonly<Record<string, unknown>>,
	around: Surroundings,
): Promise<number> {
	const talk = createTalk(around.stderr);
	const startedAt = new Date();
	const specs = [...optionsOf(verb), jsonOption];
	let given: GivenOptions = { options: said, variables: new Map() };
	let result: Result;
	try {
		given = fillFromEnvironment(specs, said, process.env);
		const { options } = given;
		const world = { talk, signal: around.signal };
		result = await recording(verb, options, talk, async () => {
			try {
				return await verb.run(options, world);
			} catch (error) {
				if (isKind(error, "UsageError")) throw error;
				return failure(verb, error);
			}
		});
	} catch (error) {
		if (!isKind(error, "UsageError")) throw error;
		const problems = problemsOf(error);
		const reason =
			problems.length > 0
				? describeProblems(problems, specs, given.variables)
				: reasonOf(error);
		talk.say(`cutover ${verb.name}: ${reason}`);
		talk.say(`(see cutover ${verb.name} --help)`);
		return usageExitCode;
	}
	if (!around.signal.aborted) {
		result = await withEvidence(verb.name, result, startedAt, talk);
	}
	talk.endProgress();
	if (given.options.json === true || verb.alwaysJson === true) {
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

/** The options, and what stands without a flag behind the verb under the name that the verb gives it. */
function withArgument(
	verb: Verb,
	given: readonly unknown[],
): Record<string, unknown> {
	const options = given.at(-2) as Record<string, unknown>;
	const [argument] = given;
	return verb.argument === undefined || typeof argument !== "string"
		? options
		: { ...options, [verb.argument]: argument };
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
