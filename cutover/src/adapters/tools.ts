import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { NotAvailableError } from "../errors.ts";

/** One run of a program. */
export interface ToolRun {
	/** Path or name. */
	readonly command: string;
	readonly args: readonly string[];
	/** Added to our own environment; passwords go here. */
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	/** Account to run as; only the superuser can choose. */
	readonly account?: Account | undefined;
	/** What the program reads. Default: nothing. */
	readonly stdin?: AsyncIterable<Uint8Array>;
	/** Takes what the program writes; the run ends when it has taken everything. Default: thrown away. */
	readonly onStdout?: (chunks: AsyncIterable<Uint8Array>) => Promise<void>;
	/** Each line of its standard error. */
	readonly onLine?: (line: string) => void;
	/** Told the process id as soon as it runs. */
	readonly onStart?: (pid: number) => void;
	readonly signal: AbortSignal;
	/** How it is asked to stop. Default: SIGTERM. */
	readonly stopSignal?: NodeJS.Signals;
}

export interface Account {
	readonly uid: number;
	readonly gid: number;
}

/** How a program ended. */
export interface ToolEnd {
	/** Undefined when a signal ended it. */
	readonly exitCode: number | undefined;
	/** "exit code 1", "SIGKILL". */
	readonly how: string;
	/** Its last lines of standard error. */
	readonly lines: readonly string[];
}

/** Lines of a program's complaints that are kept. */
const keptLines = 20;

/** Time that a program gets to end after it was asked to. */
const stopTimeoutMs = 10_000;

/**
 * Runs a program to its end. When the signal is aborted, the program is stopped first and the signal's reason thrown then, so
 * that nothing of ours outlives us.
 *
 * @throws NotAvailableError when it is not installed; what `onStdout` throws.
 */
export async function runTool(run: ToolRun): Promise<ToolEnd> {
	run.signal.throwIfAborted();
	const child = spawn(run.command, run.args, {
		stdio: [
			run.stdin ? "pipe" : "ignore",
			run.onStdout ? "pipe" : "ignore",
			"pipe",
		],
		env: { ...process.env, LC_ALL: "C", ...run.env },
		...(run.cwd !== undefined && { cwd: run.cwd }),
		...run.account,
	});
	const lines: string[] = [];
	const ended = new Promise<ToolEnd>((resolve, reject) => {
		child.once("error", (error) =>
			reject(
				(error as { code?: unknown }).code === "ENOENT"
					? new NotAvailableError(
							`${run.command} is not installed; install it, or put its folder into PATH`,
						)
					: error,
			),
		);
		child.once("close", (code, signal) =>
			resolve({
				exitCode: code ?? undefined,
				how: signal ?? `exit code ${code}`,
				lines,
			}),
		);
	});
	if (child.stderr !== null) {
		createInterface({ input: child.stderr }).on("line", (line) => {
			lines.push(line);
			if (lines.length > keptLines) lines.shift();
			run.onLine?.(line);
		});
	}
	const stop = () => stopChild(child, run.stopSignal ?? "SIGTERM");
	run.signal.addEventListener("abort", stop, { once: true });
	try {
		const fed = feed(child, run);
		const taken =
			run.onStdout && child.stdout ? run.onStdout(child.stdout) : undefined;
		const all = Promise.all([ended, fed, taken]);
		// A failure here must not leave the program running.
		all.catch(stop);
		if (child.pid !== undefined) run.onStart?.(child.pid);
		const [end] = await all;
		run.signal.throwIfAborted();
		return end;
	} catch (error) {
		stop();
		await ended.catch(() => undefined);
		run.signal.throwIfAborted();
		throw error;
	} finally {
		run.signal.removeEventListener("abort", stop);
	}
}

/** The text of a program's standard output, of a run that has to succeed. */
export async function toolText(
	command: string,
	args: readonly string[],
	signal: AbortSignal,
): Promise<string> {
	let text = "";
	const end = await runTool({
		command,
		args,
		signal,
		async onStdout(chunks) {
			for await (const chunk of chunks) text += Buffer.from(chunk).toString();
		},
	});
	if (end.exitCode === 0) return text;
	throw new Error(`${command} ended with ${end.how}: ${end.lines.join("; ")}`);
}

/** Start time and command line of a running process, as text to compare; undefined when it does not run. */
export async function processText(pid: number): Promise<string | undefined> {
	const [stat, commandLine] = await Promise.all(
		["stat", "cmdline"].map((name) =>
			readFile(`/proc/${pid}/${name}`, "utf8").catch(() => undefined),
		),
	);
	if (stat !== undefined && commandLine !== undefined) {
		// The name in parentheses may hold blanks; what follows it does not.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		const [state, startTicks] = [fields[0], fields[19]];
		// A zombie has ended; only nobody asked yet.
		if (state === "Z" || state === "X") return undefined;
		return `${startTicks} ${commandLine.replaceAll("\0", " ").trim()}`;
	}
	return process.platform === "linux" ? undefined : await psText(pid);
}

/** The processes of a program whose command line has a path in it. */
export async function findProcesses(
	program: string,
	path: string,
): Promise<readonly number[]> {
	const lines =
		process.platform === "linux" ? await procLines() : await psLines();
	return lines
		.filter(({ pid, command, text }) => {
			const name = command.split("/").at(-1);
			return pid !== process.pid && name === program && text.includes(path);
		})
		.map(({ pid }) => pid);
}

interface ProcessLine {
	readonly pid: number;
	readonly command: string;
	readonly text: string;
}

async function procLines(): Promise<readonly ProcessLine[]> {
	const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
	return await Promise.all(
		pids.map(async (pid) => {
			const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(
				() => "",
			);
			const [command = ""] = line.split("\0");
			return { pid: Number(pid), command, text: line.replaceAll("\0", " ") };
		}),
	);
}

async function psLines(): Promise<readonly ProcessLine[]> {
	const text = await toolText(
		"ps",
		["-axww", "-o", "pid=,args="],
		new AbortController().signal,
	);
	return text.split("\n").flatMap((line) => {
		const [, pid, command = "", rest = ""] =
			/^\s*(\d+) (\S+)(.*)$/.exec(line) ?? [];
		return pid === undefined
			? []
			: [{ pid: Number(pid), command, text: `${command}${rest}` }];
	});
}

async function psText(pid: number): Promise<string | undefined> {
	return await new Promise((resolve) => {
		execFile(
			"ps",
			["-ww", "-o", "lstart=,args=", "-p", String(pid)],
			{ env: { ...process.env, LC_ALL: "C" } },
			(error, stdout) => {
				const text = stdout.trim();
				const isOver = error !== null || text === "" || /<defunct>/.test(text);
				resolve(isOver ? undefined : text);
			},
		);
	});
}

async function feed(child: ChildProcess, run: ToolRun): Promise<void> {
	if (run.stdin === undefined || child.stdin === null) return;
	try {
		await pipeline(Readable.from(run.stdin, { objectMode: true }), child.stdin);
	} catch (error) {
		// A program that ends early tells why itself.
		const code = (error as { code?: unknown }).code;
		if (code !== "EPIPE" && code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
	}
}

function stopChild(child: ChildProcess, signal: NodeJS.Signals): void {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill(signal);
	const last = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
	child.once("close", () => clearTimeout(last));
}
