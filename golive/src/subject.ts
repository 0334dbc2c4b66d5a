import { createHash } from "node:crypto";
import type { Digests } from "./statement.ts";

/** What a decision is about, by sha256 (hex). */
export interface Subject {
	/** The program's tree. */
	readonly tree: string;
	/** package-lock.json. */
	readonly lock: string;
	/** Manifest digests of the images, by name. */
	readonly images: Readonly<Record<string, string>>;
}

/** One tracked file. */
export interface TreeFile {
	/** As git writes it: 100644, 100755, 120000. */
	readonly mode: string;
	/** Relative to the top, with slashes. */
	readonly path: string;
	/** sha256 of its bytes (of a link: of where it points), hex. */
	readonly sha256: string;
}

const lockFile = "package-lock.json";

/**
 * Files that are part of no tree hash: stack files hold what differs between stacks (image digests among it), so staging
 * could never prove anything for prod; a plan hash covers them. golive.yaml is covered by each sign-off.
 */
export function isOutsideTree(path: string): boolean {
	return /^(Pulumi\.[^/]+\.yaml|golive\.yaml)$/.test(path);
}

/** The hash of a tree: over `<mode> <sha256> <path>\0` of every file, in the order of the paths' bytes. */
export function treeHash(files: readonly TreeFile[]): string {
	const lines = files
		.filter(({ path }) => !isOutsideTree(path))
		.map(({ mode, path, sha256 }) => ({
			path: Buffer.from(path),
			line: `${mode} ${sha256} ${path}\0`,
		}))
		.sort((a, b) => Buffer.compare(a.path, b.path));
	const hash = createHash("sha256");
	for (const { line } of lines) hash.update(line);
	return hash.digest("hex");
}

/** As an in-toto statement names it. */
export function digestsOf({ tree, lock, images }: Subject): Digests {
	return {
		tree,
		[lockFile]: lock,
		...Object.fromEntries(
			Object.entries(images).map(([name, sha256]) => [`image:${name}`, sha256]),
		),
	};
}

/**
 * Why a record speaks of something else than what is decided on; undefined when it is the same thing.
 * @param neededImages that must be among its digests.
 */
export function otherSubject(
	found: Digests,
	wanted: Subject,
	neededImages: readonly string[],
): string | undefined {
	const expected = digestsOf(wanted);
	for (const name of ["tree", lockFile]) {
		if (!isSame(found, expected, name))
			return difference(found, expected, name);
	}
	const named = Object.keys(found).filter((name) => name.startsWith("image:"));
	const all = new Set([
		...named,
		...neededImages.map((name) => `image:${name}`),
	]);
	for (const name of [...all].sort()) {
		// An image that this decision is not about (yet) contradicts nothing, unless it is a needed one.
		const isNeeded = neededImages.includes(name.slice("image:".length));
		if (!isNeeded && !Object.hasOwn(expected, name)) continue;
		if (!isSame(found, expected, name))
			return difference(found, expected, name);
	}
	return undefined;
}

function isSame(found: Digests, expected: Digests, name: string): boolean {
	return (
		Object.hasOwn(found, name) &&
		Object.hasOwn(expected, name) &&
		found[name] === expected[name]
	);
}

function difference(found: Digests, expected: Digests, name: string): string {
	const short = (digests: Digests) =>
		Object.hasOwn(digests, name) ? digests[name]?.slice(0, 12) : "none";
	return `${name}: expected ${short(expected)}, got ${short(found)}`;
}
