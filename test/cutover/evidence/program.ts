import { execFileSync } from "node:child_process";
import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { restoreEnvironment } from "../../environment.ts";
import {
	defaultMinimum,
	people,
	sha256,
	trustText,
} from "../../golive/fixture.ts";

/** A small program in a git checkout of its own, with keys, trusted keys and an empty place for evidence. */
export interface Checkout {
	readonly root: string;
	readonly program: string;
	readonly evidence: string;
	readonly reports: string;
	/** Environment of whoever signs as a role; without one of whoever only decides. */
	environment(role?: string): Record<string, string>;
	close(): void;
}

export const images = ["frontend", "backend", "cutover"]
	.map((name) => `${name}=sha256:${sha256(name)}`)
	.join(",");

export function makeCheckout(): Checkout {
	const root = mkdtempSync(join(tmpdir(), "trusted-login-golive-"));
	const program = join(root, "program");
	mkdirSync(program);
	for (const file of [
		"golive.yaml",
		"package-lock.json",
		"Pulumi.prod.yaml",
		"Pulumi.staging.yaml",
	]) {
		copyFileSync(file, join(program, file));
	}
	writeFileSync(join(program, "index.ts"), "export {};\n");
	git(program, "init", "--quiet", ".");
	commit(program);
	const trust = join(root, "trust.json");
	writeFileSync(trust, trustText([...people.values()], defaultMinimum));
	for (const { role, key } of people.values()) {
		const pem = key.privateKey.export({ type: "pkcs8", format: "pem" });
		writeFileSync(join(root, `${role}.pem`), pem, { mode: 0o600 });
	}
	const evidence = join(root, "evidence");
	const reports = join(root, "reports");
	return {
		root,
		program,
		evidence,
		reports,
		environment: (role) => ({
			CUTOVER_EVIDENCE: evidence,
			CUTOVER_TRUST: trust,
			CUTOVER_TRUST_SHA256: sha256(readFileSync(trust)),
			CUTOVER_PROGRAM: program,
			CUTOVER_RELEASE: "2.0.0",
			CUTOVER_IMAGES: images,
			CUTOVER_REPORT_DIR: reports,
			CUTOVER_PRODUCER: "pipeline 42",
			...(role && { CUTOVER_SIGNING_KEY_FILE: join(root, `${role}.pem`) }),
		}),
		close: () => rmSync(root, { recursive: true, force: true }),
	};
}

/** Commits everything that lies in a checkout. */
export function commit(program: string): void {
	git(program, "add", "--all");
	git(
		program,
		"-c",
		"user.name=test",
		"-c",
		"user.email=test@example.com",
		"commit",
		"--quiet",
		"--message=test",
	);
}

function git(folder: string, ...args: readonly string[]): void {
	execFileSync("git", ["-C", folder, ...args], { stdio: "pipe" });
}

/** The part of program.ts that is used: with all verbs behind it, it is a part of the type check by itself. */
interface Program {
	runProgram(
		args: readonly string[],
		around: {
			readonly stdout: { write(text: string): unknown };
			readonly stderr: { write(text: string): unknown };
			readonly signal: AbortSignal;
		},
	): Promise<number>;
}

const programFile = "../../../cutover/src/program.ts";
const { runProgram }: Program = await import(programFile);

/** Runs the command line inside this process, with an environment of its own. */
export async function run(
	env: Readonly<Record<string, string>>,
	...args: readonly string[]
) {
	const before = { ...process.env };
	Object.assign(process.env, env);
	let stdout = "";
	let stderr = "";
	try {
		const exitCode = await runProgram([...args], {
			stdout: {
				write: (text) => {
					stdout += text;
				},
			},
			stderr: {
				write: (text) => {
					stderr += text;
				},
			},
			signal: new AbortController().signal,
		});
		return { exitCode, stdout, stderr };
	} finally {
		restoreEnvironment(before);
	}
}
