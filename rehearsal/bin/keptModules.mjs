// Installed packages, kept for the next fresh checkout with the same lock file: hard links to one copy per user, so that a
// second checkout takes a second instead of half a minute, and no space.
import {
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readlinkSync,
	renameSync,
	rmSync,
	symlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Puts the kept packages into a checkout. Answers false when there are none for this lock file and machine. */
export function restoreModules(modules, lockHash) {
	const kept = folderOf(lockHash);
	if (!existsSync(kept)) return false;
	rmSync(modules, { recursive: true, force: true });
	try {
		linkTree(kept, modules);
		return true;
	} catch {
		// Another file system, or a cache somebody is clearing: npm does it then.
		rmSync(modules, { recursive: true, force: true });
		return false;
	}
}

/** Keeps the packages of a checkout, in one move. What cannot be kept is only slower the next time. */
export function keepModules(modules, lockHash) {
	const kept = folderOf(lockHash);
	const draft = `${kept}.${process.pid}`;
	try {
		linkTree(modules, draft);
		renameSync(draft, kept);
	} catch {
		rmSync(draft, { recursive: true, force: true });
	}
}

function folderOf(lockHash) {
	const { env } = process;
	const cache =
		env.TRUSTED_LOGIN_CACHE ??
		join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trusted-login");
	const major = process.versions.node.split(".")[0];
	return join(
		cache,
		"node_modules",
		`${lockHash.slice(0, 16)}-${process.platform}-${process.arch}-node${major}`,
	);
}

function linkTree(from, to) {
	mkdirSync(to, { recursive: true });
	for (const entry of readdirSync(from, { withFileTypes: true })) {
		const source = join(from, entry.name);
		const target = join(to, entry.name);
		// Our own marks are written in place, and belong to one checkout.
		if (entry.name.startsWith(".trusted-login")) continue;
		if (entry.isDirectory()) linkTree(source, target);
		else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
		else linkSync(source, target);
	}
}
