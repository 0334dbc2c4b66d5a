import { parseArgs } from "node:util";
import type { z } from "zod";
import { UsageError } from "../cutover/src/errors.ts";

/** The command line of a measurement. */
export interface Command<Shape extends z.ZodRawShape> {
	/** `convert` in `npm run bench:convert`. */
	readonly name: string;
	/** What is measured, in lines of at most 120 characters. */
	readonly about: string;
	/** Every option has a value; `scaleRounds` is `--scale-rounds`. What is described is shown in the usage. */
	readonly options: z.ZodObject<Shape>;
}

/** Describes an option: what it is for, and what stands for its value (default: N). */
export const says = (description: string, value = "N") => ({
	description,
	value,
});

/** The usage, with every option and its default. */
export function usageOf({
	name,
	about,
	options,
}: Command<z.ZodRawShape>): string {
	const lines = Object.entries(options.shape).map(([key, option]) => {
		const { description = "", value = "N" } =
			(option as z.ZodType).meta() ?? {};
		return `  ${`${flagOf(key)} ${value}`.padEnd(18)}${description}${defaultOf(option as z.ZodType)}`;
	});
	return [`usage: npm run bench:${name} -- [options]`, about, ...lines].join(
		"\n",
	);
}

/** @throws UsageError that names every option which does not fit, with the usage. */
export function parseArguments<Shape extends z.ZodRawShape>(
	argv: readonly string[],
	command: Command<Shape>,
): z.output<z.ZodObject<Shape>> {
	const parsed = command.options.safeParse(valuesOf(argv, command));
	if (parsed.success) return parsed.data;
	const problems = parsed.error.issues.map(
		({ path: [key], message }) => `${flagOf(String(key))}: ${message}`,
	);
	throw new UsageError([...problems, usageOf(command)].join("\n"));
}

function valuesOf(
	argv: readonly string[],
	command: Command<z.ZodRawShape>,
): Record<string, unknown> {
	const keys = Object.keys(command.options.shape);
	try {
		const { values } = parseArgs({
			args: [...argv],
			options: Object.fromEntries(
				keys.map((key) => [flagOf(key).slice(2), { type: "string" as const }]),
			),
		});
		return Object.fromEntries(
			keys.map((key) => [key, values[flagOf(key).slice(2)]]),
		);
	} catch (error) {
		throw new UsageError(
			`${error instanceof Error ? error.message : error}\n${usageOf(command)}`,
		);
	}
}

const flagOf = (key: string): string =>
	`--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function defaultOf(option: z.ZodType): string {
	const { data } = option.safeParse(undefined);
	if (data === undefined) return "";
	return ` (default: ${Array.isArray(data) ? data.join(",") : data})`;
}
