import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { ReportPlaceError, reasonOf } from "../errors.ts";
import { makeFolder } from "../folders.ts";
import {
	type ListedFile,
	type ReportContent,
	type ReportPlace,
	requireName,
	tooBig,
} from "./place.ts";

const partEnding = ".cutover-part";

/** Reports in a folder, which is made when something is written. */
export function folderPlace(root: string): ReportPlace {
	const pathOf = (name: string) => join(root, requireName(name));
	const failed = (wish: "write" | "read", error: unknown) =>
		new ReportPlaceError(root, wish, explain(error, wish), error);
	return {
		address: root,
		addressOf: pathOf,
		async write(name, content, options = {}) {
			const path = pathOf(name);
			try {
				await writeWhole(path, content, options.isPrivate ? 0o600 : 0o644);
			} catch (error) {
				throw failed("write", error);
			}
		},
		async read(name, limitBytes) {
			const path = pathOf(name);
			try {
				const { size } = await stat(path);
				if (size > limitBytes) {
					const problem = tooBig(size, limitBytes);
					throw new ReportPlaceError(path, "read", problem, undefined);
				}
				return await readFile(path);
			} catch (error) {
				if (error instanceof ReportPlaceError) throw error;
				if (codeOf(error) === "ENOENT") return undefined;
				throw failed("read", error);
			}
		},
		async list(prefix) {
			try {
				return await listBelow(root, prefix);
			} catch (error) {
				if (codeOf(error) === "ENOENT") return [];
				throw failed("read", error);
			}
		},
		async remove(name) {
			const path = pathOf(name);
			try {
				await rm(path, { force: true });
			} catch (error) {
				throw failed("write", error);
			}
		},
		close: () => undefined,
	};
}

async function writeWhole(
	path: string,
	content: ReportContent,
	mode: number,
): Promise<void> {
	await makeFolder(dirname(path));
	// Renamed when whole: neither a reader nor a run after a crash sees half a report, and two runs do not mix theirs.
	const part = `${path}.${randomBytes(4).toString("hex")}${partEnding}`;
	try {
		const handle = await open(part, "wx", mode);
		try {
			if (isFile(content)) {
				for await (const chunk of createReadStream(content.file)) {
					await handle.writeFile(chunk as Buffer);
				}
			} else {
				await handle.writeFile(content);
			}
			// A full disk may show only now.
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(part, path);
	} catch (error) {
		await rm(part, { force: true }).catch(() => undefined);
		throw error;
	}
}

function isFile(content: ReportContent): content is { readonly file: string } {
	return typeof content === "object" && "file" in content;
}

async function listBelow(
	root: string,
	prefix: string,
): Promise<readonly ListedFile[]> {
	const entries = await readdir(root, { recursive: true, withFileTypes: true });
	const names = entries
		.filter((entry) => entry.isFile() && !entry.name.endsWith(partEnding))
		.map((entry) => relative(root, join(entry.parentPath, entry.name)))
		.map((path) => path.split(sep).join("/"))
		.filter((name) => name.startsWith(prefix))
		.sort();
	return await Promise.all(
		names.map(async (name) => {
			const { size, mtime } = await stat(join(root, name));
			return { name, bytes: size, changedAt: mtime };
		}),
	);
}

/** Why a folder fails and what helps. */
function explain(error: unknown, wish: "write" | "read") {
	const elsewhere =
		"name another place with --report-dir or CUTOVER_REPORT_DIR";
	switch (codeOf(error)) {
		case "ENOSPC":
		case "EDQUOT":
			return {
				reason: "there is no room left on its disk",
				remedy: `free some, or ${elsewhere}`,
			};
		case "EFBIG":
			return {
				reason: "this process may not write a file that big (ulimit -f)",
				remedy: `raise the limit, or ${elsewhere}`,
			};
		case "EROFS":
			return { reason: "its file system is read-only", remedy: elsewhere };
		case "EACCES":
		case "EPERM":
			return {
				reason: `this user may not ${wish} there (${reasonOf(error)})`,
				remedy: `give it the right, or ${elsewhere}`,
			};
		case "ENOTDIR":
		case "EEXIST":
		case "EISDIR":
			return {
				reason: `something of another kind is in the way (${reasonOf(error)})`,
				remedy: elsewhere,
			};
		default:
			return { reason: reasonOf(error), remedy: elsewhere };
	}
}

function codeOf(error: unknown): unknown {
	return error instanceof Error && "code" in error ? error.code : undefined;
}
