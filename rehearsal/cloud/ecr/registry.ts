import { createHash, randomBytes } from "node:crypto";
import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { laptopPlaces } from "../../engine/places.ts";
import { accountId, region } from "../naming.ts";

/** What `image.json` says: how a task of the image is started. */
export interface ImageConfiguration {
	readonly command: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
}

export interface Image {
	readonly repositoryUrl: string;
	/** `sha256:<hex>` */
	readonly digest: string;
	readonly tags: readonly string[];
	readonly folder: string;
	/** Milliseconds since 1970. */
	readonly pushedAt: number;
	readonly bytes: number;
}

/**
 * Puts a folder with an `image.json` into a repository of the laptop cloud and answers its digest. Pushing the same
 * again is no change.
 * @throws when the repository is not there, the folder is no image, or the tag names another image already.
 */
export function pushImage(
	repository: string,
	folder: string,
	tag: string,
): { digest: string } {
	const { cloud } = laptopPlaces();
	const target = requireRepository(cloud, repository);
	readConfiguration(folder);
	const digest = digestOf(folder);
	const tags = readTags(target);
	if (tags[tag] !== undefined && tags[tag] !== digest)
		throw new Error(
			`ImageTagAlreadyExistsException: the tag ${tag} in ${repository} names ${tags[tag]} and cannot be moved; push under another tag`,
		);
	const place = join(target, digest.slice("sha256:".length));
	if (!existsSync(place)) {
		const draft = `${place}.${randomBytes(4).toString("hex")}.part`;
		try {
			cpSync(folder, draft, { recursive: true, dereference: true });
			renameSync(draft, place);
		} finally {
			rmSync(draft, { recursive: true, force: true });
		}
	}
	writeTags(target, { ...tags, [tag]: digest });
	return { digest };
}

/**
 * An image by tag, digest, or the newest.
 * @throws when it is not there, saying how to push it.
 */
export function findImage(
	root: string,
	repository: string,
	which: {
		tag?: string | undefined;
		digest?: string | undefined;
		mostRecent?: boolean;
	},
): Image {
	const target = requireRepository(root, repository);
	const tags = readTags(target);
	const digest =
		which.digest ??
		(which.tag === undefined ? undefined : tags[which.tag]) ??
		(which.mostRecent === true ? newest(target) : undefined);
	const folder =
		digest === undefined
			? undefined
			: join(target, digest.replace(/^sha256:/, ""));
	if (
		digest === undefined ||
		folder === undefined ||
		!/^sha256:[0-9a-f]{64}$/.test(digest) ||
		!existsSync(folder)
	)
		throw new Error(
			`ImageNotFoundException: the repository ${repository} has no image ${which.tag ?? which.digest ?? "yet"} (tags: ${Object.keys(tags).join(", ") || "none"}); push it with pushImage("${repository}", folder, "${which.tag ?? "tag"}")`,
		);
	return {
		repositoryUrl: repositoryUrl(repository),
		digest,
		tags: Object.keys(tags).filter((tag) => tags[tag] === digest),
		folder,
		pushedAt: statSync(folder).birthtimeMs,
		bytes: listFiles(folder).reduce((sum, f) => sum + statSync(f).size, 0),
	};
}

/**
 * The image that a task definition names: `<registry>/<repository>@sha256:<hex>` or `:<tag>`.
 * @throws CannotPullContainerError when it is not of this registry or not there.
 */
export function resolveImage(
	root: string,
	reference: string,
): Image & ImageConfiguration {
	const match = /^([^/]+)\/([^@:]+)(?:@(sha256:[0-9a-f]{64})|:([\w.-]+))$/.exec(
		reference,
	);
	const [, registry, repository = "", digest, tag] = match ?? [];
	if (registry !== registryHost)
		throw new Error(
			`CannotPullContainerError: '${reference}': expected ${registryHost}/<repository>@sha256:<hex>`,
		);
	const image = findImage(root, repository, { tag, digest });
	return { ...image, ...readConfiguration(image.folder) };
}

export const registryHost = `${accountId}.dkr.ecr.${region}.amazonaws.com`;

export const repositoryUrl = (repository: string): string =>
	`${registryHost}/${repository}`;

/** The folder of a repository; the name is checked, so that it never leads out of it. */
export function repositoryFolder(root: string, repository: string): string {
	if (!/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/.test(repository))
		throw new Error(
			`InvalidParameterException: '${repository}' is not a name for a repository`,
		);
	return join(root, "ecr", repository);
}

/** sha256 over the sorted list of paths and their sha256. */
export function digestOf(folder: string): string {
	const whole = createHash("sha256");
	const files = listFiles(folder)
		.map((file) => ({
			file,
			path: relative(folder, file).split(sep).join("/"),
		}))
		.sort((a, b) => (a.path < b.path ? -1 : 1));
	for (const { file, path } of files) {
		const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
		whole.update(`${path}\0${hash}\n`);
	}
	return `sha256:${whole.digest("hex")}`;
}

function requireRepository(root: string, repository: string): string {
	const folder = repositoryFolder(root, repository);
	if (!existsSync(join(folder, "tags.json")))
		throw new Error(
			`RepositoryNotFoundException: the laptop cloud has no repository ${repository}; the program makes it (phase provision)`,
		);
	return folder;
}

function readConfiguration(folder: string): ImageConfiguration {
	const file = join(folder, "image.json");
	if (!existsSync(file))
		throw new Error(`${folder} is no image: it has no image.json`);
	const value = JSON.parse(
		readFileSync(file, "utf8"),
	) as Partial<ImageConfiguration>;
	const { command, environment = {} } = value;
	if (!Array.isArray(command) || command.length === 0)
		throw new Error(`${file}: expected "command", a list of strings`);
	return { command, environment };
}

const readTags = (folder: string): Record<string, string> =>
	JSON.parse(readFileSync(join(folder, "tags.json"), "utf8")) as Record<
		string,
		string
	>;

export function writeTags(folder: string, tags: Record<string, string>): void {
	mkdirSync(folder, { recursive: true });
	const file = join(folder, "tags.json");
	writeFileSync(`${file}.new`, JSON.stringify(tags));
	renameSync(`${file}.new`, file);
}

function newest(folder: string): string | undefined {
	return readdirSync(folder)
		.filter((name) => /^[0-9a-f]{64}$/.test(name))
		.map((name) => ({ name, at: statSync(join(folder, name)).birthtimeMs }))
		.sort((a, b) => b.at - a.at)
		.map(({ name }) => `sha256:${name}`)[0];
}

function listFiles(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		return entry.isDirectory() ? listFiles(path) : [path];
	});
}
