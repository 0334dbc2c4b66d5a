import type { StatusPlace } from "./place.ts";
import type { VerbRecord } from "./records.ts";

/** A picture of a report. */
export interface Picture {
	/** Name inside the report folder, which the page lies in. */
	readonly name: string;
	readonly caption: string;
	/** A `data:` address, or the name itself where the page would become too large. */
	readonly source: string;
}

const kinds: Readonly<Record<string, string>> = {
	svg: "image/svg+xml",
	png: "image/png",
	jpg: "image/jpeg",
	jpeg: "image/jpeg",
	webp: "image/webp",
};

/** One picture at most this large, and all together, are put into the page itself. */
const inlineLimitBytes = 600 * 1024;
const inlineBudgetBytes = 3 * 1024 * 1024;
/** More would be no report but an archive. */
const pictureLimit = 80;

/** The pictures that the reports of these verbs name, and where they can be seen. */
export async function readPictures(
	place: StatusPlace,
	records: readonly VerbRecord[],
	isWanted: (verb: string) => boolean,
): Promise<readonly Picture[]> {
	const files = await place.list("");
	const named = records
		.filter(({ verb, last }) => last !== undefined && isWanted(verb))
		.flatMap(({ verb, last }) => {
			const mentioned = mentionedIn(last?.facts, []);
			return mentioned.length > 0 ? mentioned : calledLike(verb, files);
		});
	let budget = inlineBudgetBytes;
	const seen = new Set<string>();
	const pictures: Picture[] = [];
	for (const { path, caption } of named) {
		// Of a picture that exists in two forms, the one that stays sharp.
		if (pictures.length >= pictureLimit || isDoubled(path, named)) continue;
		const found = await readFirst(place, place.namesOf(path));
		if (found === undefined || seen.has(found.name)) continue;
		const { name, bytes } = found;
		seen.add(name);
		const isInline =
			bytes.length <= Math.min(inlineLimitBytes, budget) &&
			looksLike(name, bytes);
		if (isInline) budget -= bytes.length;
		pictures.push({
			name,
			caption: caption ?? readable(name),
			source: isInline
				? `data:${kinds[extensionOf(name)]};base64,${bytes.toString("base64")}`
				: name.split("/").map(encodeURIComponent).join("/"),
		});
	}
	return pictures;
}

interface Mention {
	readonly path: string;
	readonly caption: string | undefined;
}

/** Pictures that lie in the folder under the name of a verb that named none; the plainest name first. */
function calledLike(verb: string, files: readonly string[]): Mention[] {
	const [first = "", second = ""] = verb.split(" ");
	const name = new RegExp(`^${first}\\w*[-_]${second}.*\\.(svg|png)$`, "i");
	return files
		.filter((file) => /^[a-z ]+$/i.test(verb) && name.test(file))
		.sort((a, b) => a.length - b.length)
		.map((path) => ({ path, caption: undefined }));
}

/** Every path of a picture in a value, with the names of what it belongs to. */
function mentionedIn(value: unknown, names: readonly string[]): Mention[] {
	if (typeof value === "string") {
		if (kinds[extensionOf(value)] === undefined) return [];
		return [{ path: value, caption: names.join(" – ") || undefined }];
	}
	if (Array.isArray(value)) {
		return value.flatMap((one: unknown) => mentionedIn(one, names));
	}
	if (typeof value !== "object" || value === null) return [];
	const entries: readonly (readonly [string, unknown])[] =
		Object.entries(value);
	const own = entries.find(
		([key, one]) =>
			/^(name|title|scenario|step|caption)$/.test(key) &&
			typeof one === "string",
	)?.[1];
	const deeper = typeof own === "string" ? [...names, own] : names;
	return entries.flatMap(([, one]) => mentionedIn(one, deeper));
}

async function readFirst(
	place: StatusPlace,
	names: readonly string[],
): Promise<{ readonly name: string; readonly bytes: Buffer } | undefined> {
	for (const name of names) {
		const bytes = await place.read(name);
		if (bytes !== undefined) return { name, bytes };
	}
	return undefined;
}

function isDoubled(name: string, named: readonly Mention[]): boolean {
	if (!name.endsWith(".png")) return false;
	const base =
		name
			.split("/")
			.at(-1)
			?.replace(/\.png$/, ".svg") ?? "";
	return named.some(({ path }) => path.split(/[\\/]/).at(-1) === base);
}

/** A picture that is none would be a broken one on the page; a script in an SVG does not run inside an image. */
function looksLike(name: string, bytes: Buffer): boolean {
	if (extensionOf(name) === "svg") {
		return bytes.subarray(0, 1024).includes("<svg");
	}
	return bytes.length > 12;
}

function extensionOf(path: string): string {
	return /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

function readable(name: string): string {
	return (name.split("/").at(-1) ?? name)
		.replace(/\.[a-z]+$/i, "")
		.replaceAll(/[-_]+/g, " ");
}
