import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { InterruptedError, isKind, reasonOf } from "../cutover/src/errors.ts";
import {
	exitCodeOf,
	type Outcome,
	usageExitCode,
} from "../cutover/src/outcome.ts";
import { type Command, parseArguments, usageOf } from "./arguments.ts";

/** When, how and on what something was measured. */
export interface Circumstances {
	/** For example `2026-11-25`. */
	readonly date: string;
	readonly command: string;
	readonly machine: string;
}

/** What a measurement is given. */
export interface Bench<Options> {
	readonly options: Options;
	/** Aborted when SIGINT, SIGTERM or SIGHUP asks the program to stop. */
	readonly signal: AbortSignal;
	/** Writes a line of progress, with the seconds since the start. */
	readonly say: (line: string) => void;
	readonly circumstances: Circumstances;
	/** Since the start. */
	readonly minutes: () => number;
}

export interface Measurement<Shape extends z.ZodRawShape>
	extends Command<Shape> {
	/** Answers passed when every goal is met. */
	readonly measure: (
		bench: Bench<z.output<z.ZodObject<Shape>>>,
	) => Promise<Outcome>;
}

/** Runs a measurement as a program. Answers its exit code: those of `cutover`, and 0 for `--help`. */
export async function runBench<Shape extends z.ZodRawShape>(
	measurement: Measurement<Shape>,
	argv: readonly string[] = process.argv.slice(2),
): Promise<number> {
	const started = performance.now();
	const say = (line: string) => {
		const seconds = (performance.now() - started) / 1000;
		process.stderr.write(`${seconds.toFixed(1).padStart(7)} s  ${line}\n`);
	};
	const stop = new AbortController();
	const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
	let stoppedAt: number | undefined;
	const onSignal = (signal: NodeJS.Signals) => {
		// npm may hand the same Ctrl-C on once more; whoever asks again later does not want to wait for the tidying up.
		if (stoppedAt !== undefined && performance.now() - stoppedAt > 1_000)
			process.exit(1);
		if (stoppedAt !== undefined) return;
		stoppedAt = performance.now();
		say(`${signal}: stopping; a second one leaves everything as it is`);
		stop.abort(new InterruptedError(`stopped by ${signal}`));
	};
	try {
		if (argv.includes("--help")) {
			process.stdout.write(`${usageOf(measurement)}\n`);
			return 0;
		}
		const options = parseArguments(argv, measurement);
		for (const signal of signals) process.on(signal, onSignal);
		const outcome = await measurement.measure({
			options,
			signal: stop.signal,
			say,
			circumstances: circumstancesOf(measurement.name, argv),
			minutes: () => (performance.now() - started) / 60_000,
		});
		return exitCodeOf(outcome);
	} catch (error) {
		// What breaks off because everything it stands on was ended has this reason.
		const cause: unknown = stop.signal.aborted ? stop.signal.reason : error;
		process.stderr.write(`${textOf(cause)}\n`);
		if (isKind(cause, "UsageError")) return usageExitCode;
		return exitCodeOf(
			isKind(cause, "NotAvailableError") ? "not run" : "failed",
		);
	} finally {
		for (const signal of signals) process.off(signal, onSignal);
	}
}

/** Does the work and then ends what it stands on, once; a stop ends that at once, so that the work breaks off. */
export async function withEnd<T>(
	signal: AbortSignal,
	end: () => Promise<void>,
	work: () => Promise<T>,
): Promise<T> {
	let ending: Promise<void> | undefined;
	const endOnce = () => {
		ending ??= end();
		return ending;
	};
	// The wait at the end hears of its errors.
	const onAbort = () => void endOnce().catch(() => undefined);
	signal.addEventListener("abort", onAbort);
	try {
		signal.throwIfAborted();
		return await work();
	} finally {
		signal.removeEventListener("abort", onAbort);
		await endOnce();
	}
}

/** Writes `NAME.md`, which it prints too, when there is a text, and `NAME.json`; makes the folder. Answers the path of the first. */
export async function saveReport(
	folder: string,
	name: string,
	record: unknown,
	text?: string,
): Promise<string> {
	await mkdir(folder, { recursive: true });
	const json = join(folder, `${name}.json`);
	await writeFile(json, `${JSON.stringify(record, undefined, "\t")}\n`);
	if (text === undefined) return json;
	const markdown = join(folder, `${name}.md`);
	await writeFile(markdown, text);
	process.stdout.write(text);
	return markdown;
}

/** What nobody expected is shown with the place where it came from. */
function textOf(error: unknown): string {
	const isExpected = (
		["UsageError", "NotAvailableError", "InterruptedError"] as const
	).some((name) => isKind(error, name));
	const stack = error instanceof Error && !isExpected ? error.stack : undefined;
	return stack ?? reasonOf(error);
}

function circumstancesOf(name: string, argv: readonly string[]): Circumstances {
	const [first] = cpus();
	return {
		date: new Date().toISOString().slice(0, 10),
		command: [
			`npm run bench:${name}`,
			...(argv.length > 0 ? ["--"] : []),
			...argv,
		].join(" "),
		machine: `${cpus().length} cores (${first?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
	};
}
