import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EvidenceError } from "../errors.ts";
import { sha256Hex } from "../statement.ts";
import {
	isOutsideTree,
	type Subject,
	type TreeFile,
	treeHash,
} from "../subject.ts";
import { readText } from "./place.ts";

/** What can be said of a checkout without knowing a stack. */
export type Program = Pick<Subject, "tree" | "lock">;

/**
 * Hashes the program as it lies there: every tracked file's own bytes, so that no trick with git's index hides a change.
 * @throws EvidenceError when it is no git checkout, or files are changed or untracked: nobody could tell what was proven.
 */
export async function readProgram(root: string): Promise<Program> {
	const status = await git(root, [
		"status",
		"--porcelain=v1",
		"-z",
		"--untracked-files=all",
	]);
	const dirty = status
		.split("\0")
		.filter((line) => line !== "" && !isOutsideTree(line.slice(3)));
	if (dirty.length > 0) {
		const shown = dirty.slice(0, 5).map((line) => line.slice(3));
		throw new EvidenceError(
			`expected a checkout without changes, got ${dirty.length} changed or untracked files (${shown.join(", ")}${dirty.length > 5 ? ", ..." : ""}); commit or remove them: evidence speaks of a commit`,
		);
	}
	const listed = await git(root, ["ls-files", "--stage", "-z"]);
	const entries = listed
		.split("\0")
		.filter((line) => line !== "")
		.map((line) => {
			const [head = "", path = ""] = line.split("\t");
			const [mode = "", objectId = ""] = head.split(" ");
			return { mode, objectId, path };
		});
	const files: TreeFile[] = [];
	for (const { mode, objectId, path } of entries) {
		const bytes = await bytesOf(root, mode, objectId, path);
		files.push({
			mode,
			path,
			sha256: createHash("sha256").update(bytes).digest("hex"),
		});
	}
	const lock = files.find(({ path }) => path === "package-lock.json");
	if (lock === undefined) {
		throw new EvidenceError(
			`expected a tracked package-lock.json in ${root}, got none; run this at the top of the program`,
		);
	}
	return { tree: treeHash(files), lock: lock.sha256 };
}

const programFile = z.strictObject({ tree: sha256Hex, lock: sha256Hex });

/**
 * The same where there is no checkout, from a file that was written when the image was made.
 * @throws EvidenceError when it is none.
 */
export async function readProgramFile(file: string): Promise<Program> {
	try {
		return programFile.parse(JSON.parse(await readText(file)));
	} catch (error) {
		throw new EvidenceError(
			`expected {"tree", "lock"} (sha256) in ${file}, got something else; "cutover evidence subject" writes it`,
			{ cause: error },
		);
	}
}

async function bytesOf(
	root: string,
	mode: string,
	objectId: string,
	path: string,
): Promise<Uint8Array> {
	// A submodule's files are its own; what is tracked here is its commit.
	if (mode === "160000") return Buffer.from(objectId);
	const file = join(root, path);
	try {
		return mode === "120000"
			? Buffer.from(await readlink(file))
			: await readFile(file);
	} catch (error) {
		throw new EvidenceError(`the tracked file ${path} cannot be read`, {
			cause: error,
		});
	}
}

async function git(root: string, args: readonly string[]): Promise<string> {
	return await new Promise((resolve, reject) => {
		execFile(
			"git",
			[
				"-C",
				root,
				"--no-optional-locks",
				"-c",
				"core.fsmonitor=false",
				...args,
			],
			{ maxBuffer: 64 * 1024 * 1024, encoding: "utf8" },
			(error, stdout, stderr) => {
				if (error === null) return resolve(stdout);
				const reason =
					error.code === "ENOENT"
						? "git is not installed"
						: stderr.trim().split("\n")[0] || error.message;
				reject(
					new EvidenceError(
						`the program's tree cannot be hashed in ${root}: ${reason}; run this in a git checkout, or name the file that "cutover evidence subject" wrote`,
						{ cause: error },
					),
				);
			},
		);
	});
}
