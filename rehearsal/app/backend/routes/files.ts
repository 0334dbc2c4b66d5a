import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Context, type Env, idOf, signedIn } from "../context.ts";
import { boundaryOf, MultipartError, readMultipart } from "../multipart.ts";
import { wellFormed } from "../text.ts";

interface Received {
	readonly filename: string;
	readonly contentType: string;
	readonly size: number;
	readonly sha256: string;
}

/** Upload and download of the signed-in user's own files, streamed in both directions. */
export function fileRoutes(context: Context): Hono<Env> {
	const { accounts, uploads, settings } = context;
	return new Hono<Env>()
		.use(signedIn(context))
		.post("/upload", async (c) => {
			const boundary = boundaryOf(c.req.header("Content-Type"));
			await mkdir(uploads.incoming, { recursive: true });
			const temporaryFile = join(uploads.incoming, randomUUID());
			try {
				const received = await receive(
					readMultipart(c.req.raw.body ?? emptyBody(), boundary),
					temporaryFile,
					settings.uploadLimitBytes,
				);
				const key = keyFor(received.filename, new Date());
				await uploads.keep(temporaryFile, key, received);
				try {
					// The row comes last: whoever sees it finds the bytes.
					const id = await accounts.addFile(c.get("account"), {
						...received,
						key,
					});
					const { size, sha256 } = received;
					return c.json({ id, size, sha256 });
				} catch (error) {
					await uploads.remove(key).catch((failure) => {
						context.log(`${key} is left without a row: ${failure}`);
					});
					throw error;
				}
			} finally {
				await rm(temporaryFile, { force: true });
			}
		})
		.get("/:id", async (c) => {
			const file = await accounts.file(c.get("account"), idOf(c));
			if (!file) throw new HTTPException(404, { message: "not found" });
			const bytes = await uploads.read(file.key);
			if (!bytes) {
				throw new HTTPException(404, {
					message: "the bytes of this file are missing",
				});
			}
			return c.body(bytes, 200, {
				"Content-Type": file.contentType || "application/octet-stream",
				"Content-Length": String(file.size),
				"Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(wellFormed(file.filename))}`,
			});
		})
		.delete("/:id", async (c) => {
			// The row goes first: whoever still sees it finds the bytes.
			const key = await accounts.removeFile(c.get("account"), idOf(c));
			if (key === undefined)
				throw new HTTPException(404, { message: "not found" });
			await uploads.remove(key).catch((failure) => {
				context.log(`${key} is left without a row: ${failure}`);
			});
			return c.body(null, 204);
		});
}

/** Writes the part named `file` to disk and answers what it was; 413 above the limit, MultipartError without such a part. */
export async function receive(
	events: ReturnType<typeof readMultipart>,
	temporaryFile: string,
	limitBytes: number,
): Promise<Received> {
	const hash = createHash("sha256");
	const target = await open(temporaryFile, "wx", 0o600);
	let total = 0;
	let size = 0;
	let inFile = false;
	let found: { filename: string; contentType: string } | undefined;
	try {
		for await (const event of events) {
			if (event.kind === "part") {
				inFile = event.name === "file" && found === undefined;
				if (inFile) {
					found = {
						filename: cleanName(event.filename),
						contentType: cleanType(event.contentType),
					};
				}
			} else if (event.kind === "data") {
				total += event.bytes.length;
				if (total > limitBytes) {
					throw new HTTPException(413, {
						message: `the upload is above ${limitBytes} bytes`,
					});
				}
				if (!inFile) continue;
				size += event.bytes.length;
				hash.update(event.bytes);
				await target.writeFile(event.bytes);
			}
		}
	} finally {
		await target.close();
	}
	if (!found) throw new MultipartError("expected a part named file");
	return { ...found, size, sha256: hash.digest("hex") };
}

/** A key that no other upload has; the name's ending stays, for people who look into the folder. */
export function keyFor(filename: string, now: Date): string {
	const ending = /\.[A-Za-z0-9]{1,10}$/.exec(filename)?.[0] ?? "";
	return `${now.getUTCFullYear()}/${String(now.getUTCMonth() + 1).padStart(2, "0")}/${randomUUID()}${ending.toLowerCase()}`;
}

function cleanName(filename: string | undefined): string {
	const name = (filename ?? "").split(/[/\\]/).at(-1) ?? "";
	return wellFormed(name.replaceAll("\0", "").slice(0, 255)) || "file";
}

function cleanType(contentType: string | undefined): string {
	return contentType && /^[\w.+-]+\/[\w.+-]+(;[ -~]*)?$/.test(contentType)
		? contentType.slice(0, 255)
		: "application/octet-stream";
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
