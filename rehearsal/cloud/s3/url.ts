import { S3Error } from "./receive.ts";

export interface RequestUrl {
	readonly path: string;
	readonly query: URLSearchParams;
}

/** By hand: the URL class would resolve the dots of a key like `a/../b`. */
export function splitUrl(url: string): RequestUrl {
	const [path = "/", ...query] = url.split("?");
	return { path, query: new URLSearchParams(query.join("?")) };
}

/** `/bucket/some/key`; the key is decoded, and may hold anything. */
export function parsePath(path: string): { bucketName: string; key: string } {
	const [, bucketName = "", ...rest] = path.split("/");
	return {
		bucketName: decodeURIComponent(bucketName),
		key: decodeURIComponent(rest.join("/")),
	};
}

/** A single range, both ends included; undefined when none is asked for. */
export function parseRange(
	header: string | undefined,
	size: number,
): { start: number; end: number } | undefined {
	const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
	if (match === null || (match[1] === "" && match[2] === "")) return undefined;
	const suffix = match[1] === "";
	const start = suffix
		? Math.max(0, size - Number(match[2]))
		: Number(match[1]);
	const end =
		suffix || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
	if (start > end)
		throw new S3Error(
			416,
			"InvalidRange",
			"The requested range is not satisfiable",
		);
	return { start, end };
}
