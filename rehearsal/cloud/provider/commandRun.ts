import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Properties } from "../handler.ts";
import { objectOf, stringOf, stringsOf } from "../properties.ts";
import type { Tell } from "./provider.ts";

export interface CommandRequest {
	/** The command, handed to the interpreter as its last argument. */
	readonly text: string;
	/** The resource's inputs. */
	readonly values: Properties;
	/** Top-level inputs that are secrets: their values are taken out of everything shown. */
	readonly secrets: readonly string[];
	/** Outputs of the run before, for the environment. */
	readonly previous: Properties | undefined;
	readonly tell: Tell;
}

export interface Said {
	readonly stdout: string;
	readonly stderr: string;
}

/** Runs commands as process groups of their own, so that everything a command started ends with it. */
export class CommandRunner {
	readonly #running = new Set<ChildProcess>();

	/** @throws when the command cannot be started or its exit code is not 0; with the last lines of what it said. */
	async run(request: CommandRequest): Promise<Said> {
		const { text, values, tell } = request;
		const conceal = concealer(request);
		const dir = stringOf(values, "dir");
		if (dir !== undefined && !existsSync(dir))
			throw new Error(`the directory ${dir} does not exist`);
		const given = stringsOf(values, "interpreter");
		const [program = "/bin/sh", ...rest] =
			given.length > 0 ? given : ["/bin/sh", "-c"];
		const child = spawn(program, [...rest, text], {
			...(dir === undefined ? {} : { cwd: dir }),
			env: environmentOf(request),
			detached: true,
			stdio: ["pipe", "pipe", "pipe"],
		});
		this.#running.add(child);
		try {
			child.stdin.on("error", () => {});
			child.stdin.end(stringOf(values, "stdin") ?? "");
			const show = stringOf(values, "logging") ?? "stdoutAndStderr";
			const [stdout, stderr, end] = await Promise.all([
				collect(child.stdout, /^stdout/.test(show), tell, conceal),
				collect(child.stderr, /stderr$/i.test(show), tell, conceal),
				ending(child),
			]);
			if (end !== "exit status 0")
				throw new Error(conceal(failureText(end, stdout, stderr)));
			return { stdout: trimEnd(stdout), stderr: trimEnd(stderr) };
		} finally {
			this.#running.delete(child);
		}
	}

	/** Asks everything to end; what does not within five seconds is killed. */
	cancel(): void {
		for (const child of this.#running) {
			signalGroup(child, "SIGTERM");
			setTimeout(() => {
				if (this.#running.has(child)) signalGroup(child, "SIGKILL");
			}, 5000).unref();
		}
	}

	/** For the last moment of this process: there is no time left to ask. */
	killNow(): void {
		for (const child of this.#running) signalGroup(child, "SIGKILL");
	}
}

function environmentOf({
	values,
	previous,
}: CommandRequest): Record<string, string | undefined> {
	const repeat =
		previous !== undefined && values.addPreviousOutputInEnv !== false
			? {
					PULUMI_COMMAND_STDOUT: stringOf(previous, "stdout") ?? "",
					PULUMI_COMMAND_STDERR: stringOf(previous, "stderr") ?? "",
				}
			: {};
	const own = Object.fromEntries(
		Object.entries(objectOf(values, "environment")).map(([name, value]) => [
			name,
			`${value}`,
		]),
	);
	return { ...process.env, ...repeat, ...own };
}

/** Replaces every secret text; lines of a secret of several lines count each, because output comes in lines. */
function concealer({
	values,
	secrets,
}: CommandRequest): (text: string) => string {
	const found = secrets
		.flatMap((name) => texts(values[name]))
		.flatMap((text) => [text, ...text.split("\n")])
		.filter((text) => text.trim().length >= 4)
		.sort((a, b) => b.length - a.length);
	return (text) =>
		found.reduce((whole, secret) => whole.replaceAll(secret, "[secret]"), text);
}

function texts(value: unknown): string[] {
	if (typeof value === "string") return [value];
	return typeof value === "object" && value !== null
		? Object.values(value).flatMap(texts)
		: [];
}

async function collect(
	stream: NodeJS.ReadableStream,
	show: boolean,
	tell: Tell,
	conceal: (text: string) => string,
): Promise<string> {
	let whole = "";
	let line = "";
	stream.setEncoding("utf8");
	for await (const chunk of stream) {
		whole += chunk;
		const lines = `${line}${chunk}`.split("\n");
		line = lines.pop() ?? "";
		if (show)
			for (const text of lines) if (text !== "") tell(conceal(text), "status");
	}
	if (show && line !== "") tell(conceal(line), "status");
	return whole;
}

const ending = (child: ChildProcess): Promise<string> =>
	new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", (code, signal) =>
			resolve(signal === null ? `exit status ${code}` : `ended by ${signal}`),
		);
	});

function failureText(end: string, stdout: string, stderr: string): string {
	const said = stderr.trim() === "" ? stdout : stderr;
	const tail = said.trimEnd().split("\n").slice(-20).join("\n");
	return `the command failed: ${end}${tail === "" ? "" : `\n${tail}`}`;
}

const trimEnd = (text: string): string => text.replace(/\r?\n$/, "");

/** The group has the child's number, because the child leads it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	if (child.pid === undefined || child.exitCode !== null) return;
	try {
		process.kill(-child.pid, signal);
	} catch {
		// it ended in the meantime
	}
}
