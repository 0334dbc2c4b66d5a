import { type OptionProblem, UsageError } from "../errors.ts";
import type { OptionSpec } from "./verb.ts";

/** Options as a verb gets them, and which of them the environment gave. */
export interface GivenOptions {
	readonly options: Readonly<Record<string, unknown>>;
	/** Name of the variable by the option it set, `--batch-rows`. */
	readonly variables: ReadonlyMap<string, string>;
}

/**
 * Fills in from the environment what the command line does not say. An empty variable is no setting; a switch is set by
 * `true` and not set by `false`.
 *
 * @throws UsageError naming the variable of a switch that says something else.
 */
export function fillFromEnvironment(
	specs: readonly OptionSpec[],
	given: Readonly<Record<string, unknown>>,
	env: Readonly<Record<string, string | undefined>>,
): GivenOptions {
	const options: Record<string, unknown> = { ...given };
	const variables = new Map<string, string>();
	const problems: OptionProblem[] = [];
	for (const spec of specs) {
		const value = spec.env === undefined ? "" : (env[spec.env] ?? "");
		const { key, isNegated } = keyOf(spec);
		// The parser itself sets what a negated switch takes away.
		const isSaid = isNegated ? given[key] === false : given[key] !== undefined;
		if (spec.env === undefined || value === "" || isSaid) continue;
		variables.set(longName(spec), spec.env);
		if (takesValue(spec)) {
			options[key] = value;
			continue;
		}
		const isOn = switchWords.get(value.trim().toLowerCase());
		if (isOn === undefined) {
			problems.push({
				option: longName(spec),
				text: "expected true or false, got something else",
			});
		} else if (isOn) {
			options[key] = !isNegated;
		}
	}
	if (problems.length > 0) {
		const text = describeProblems(problems, specs, variables);
		throw new UsageError(text, problems);
	}
	return { options, variables };
}

/** Bad options as a person has to mend them: the variable where one is to blame, or would do. */
export function describeProblems(
	problems: readonly OptionProblem[],
	specs: readonly OptionSpec[],
	variables: ReadonlyMap<string, string>,
): string {
	return problems
		.map(({ option, text, isMissing = false }) => {
			const variable = variables.get(option);
			if (variable !== undefined) return `${variable} (${option}): ${text}`;
			const env = specs.find((spec) => longName(spec) === option)?.env;
			return isMissing && env !== undefined
				? `${option}: ${text} (or ${env})`
				: `${option}: ${text}`;
		})
		.join("; ");
}

/** `--batch-rows` of `--batch-rows <number>`. */
export function longName({ flags }: OptionSpec): string {
	return /--[a-z0-9-]+/.exec(flags)?.[0] ?? flags;
}

/** Whether an option is more than a switch. */
export function takesValue({ flags }: OptionSpec): boolean {
	return /[<[]/.test(flags);
}

const switchWords: ReadonlyMap<string, boolean> = new Map([
	["true", true],
	["1", true],
	["yes", true],
	["on", true],
	["false", false],
	["0", false],
	["no", false],
	["off", false],
]);

/** The name under which the parser hands an option over: `--no-owner` is the opposite of `owner`. */
function keyOf(spec: OptionSpec): {
	readonly key: string;
	readonly isNegated: boolean;
} {
	const name = longName(spec).slice(2);
	const isNegated = name.startsWith("no-");
	const key = (isNegated ? name.slice(3) : name).replace(
		/-([a-z0-9])/g,
		(_, letter: string) => letter.toUpperCase(),
	);
	return { key, isNegated };
}
