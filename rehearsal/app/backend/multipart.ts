/** What a multipart/form-data body consists of, in the order it arrives; data of a part may come in many pieces. */
export type MultipartEvent =
	| {
			readonly kind: "part";
			readonly name: string;
			readonly filename: string | undefined;
			readonly contentType: string | undefined;
	  }
	| { readonly kind: "data"; readonly bytes: Buffer }
	| { readonly kind: "end" };

/** The body is not multipart/form-data as RFC 7578 describes it, or ended early. */
export class MultipartError extends Error {
	override readonly name = "MultipartError";
}

const headerLimitBytes = 8 * 1024;
const partLimit = 20;

/** The boundary that a Content-Type names; throws MultipartError when it is none of multipart/form-data. */
export function boundaryOf(contentType: string | undefined): string {
	const match =
		/^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
			contentType ?? "",
		);
	const boundary = match?.[1] ?? match?.[2];
	if (!boundary) {
		throw new MultipartError("expected multipart/form-data with a boundary");
	}
	return boundary;
}

/**
 * Reads a multipart body piece by piece and never holds more than one chunk and one boundary in memory.
 * Throws MultipartError on a malformed or truncated body, a part header above 8 KB or more than 20 parts.
 */
export async function* readMultipart(
	body: AsyncIterable<Uint8Array>,
	boundary: string,
): AsyncGenerator<MultipartEvent> {
	const delimiter = Buffer.from(`\r\n--${boundary}`);
	// The first boundary has no line end before it; giving it one lets all be found in the same way.
	let rest: Buffer = Buffer.from("\r\n");
	let state: "outside" | "inside" | "delimiter" | "header" = "outside";
	let parts = 0;

	for await (const chunk of body) {
		rest = Buffer.concat([rest, chunk]);
		for (;;) {
			if (state === "outside" || state === "inside") {
				const at = rest.indexOf(delimiter);
				const upTo = at >= 0 ? at : rest.length - delimiter.length + 1;
				if (state === "inside" && upTo > 0) {
					yield { kind: "data", bytes: rest.subarray(0, upTo) };
				}
				if (at < 0) {
					if (upTo > 0) rest = rest.subarray(upTo);
					break;
				}
				if (state === "inside") yield { kind: "end" };
				rest = rest.subarray(at + delimiter.length);
				state = "delimiter";
			} else if (state === "delimiter") {
				if (rest.length < 2) break;
				const mark = rest.toString("latin1", 0, 2);
				if (mark === "--") return;
				if (mark !== "\r\n") {
					throw new MultipartError("expected a line end after the boundary");
				}
				rest = rest.subarray(2);
				state = "header";
			} else {
				const end = rest.indexOf("\r\n\r\n");
				if ((end < 0 ? rest.length : end) > headerLimitBytes) {
					throw new MultipartError("the header of a part is above 8 KB");
				}
				if (end < 0) break;
				if (++parts > partLimit) {
					throw new MultipartError(`more than ${partLimit} parts`);
				}
				yield partOf(rest.toString("utf8", 0, end));
				rest = rest.subarray(end + 4);
				state = "inside";
			}
		}
	}
	throw new MultipartError("the body ended before its last boundary");
}

function partOf(header: string): MultipartEvent {
	const lines = header.split("\r\n");
	const disposition = headerOf(lines, "content-disposition") ?? "";
	const name = parameterOf(disposition, "name");
	if (!/^form-data\b/i.test(disposition) || name === undefined) {
		throw new MultipartError("a part has no form-data name");
	}
	return {
		kind: "part",
		name,
		filename: parameterOf(disposition, "filename"),
		contentType: headerOf(lines, "content-type"),
	};
}

function headerOf(lines: readonly string[], name: string): string | undefined {
	for (const line of lines) {
		const colon = line.indexOf(":");
		if (line.slice(0, colon).trim().toLowerCase() === name) {
			return line.slice(colon + 1).trim();
		}
	}
	return undefined;
}

function parameterOf(disposition: string, name: string): string | undefined {
	const match = new RegExp(`;\\s*${name}="([^"]*)"`, "i").exec(disposition);
	return match?.[1]?.replaceAll("%22", '"');
}
