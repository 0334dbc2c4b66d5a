import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createOnce } from "../../engine/places.ts";

/** AES-256-GCM: nonce, tag and text as base64. The context must be the same when it is opened. */
export function seal(key: Buffer, plain: string, context: string): string {
	const nonce = randomBytes(12);
	const cipher = createCipheriv("aes-256-gcm", key, nonce);
	cipher.setAAD(Buffer.from(context));
	const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64");
}

/** @throws when the key or the context is another one, or the text was changed. */
export function unseal(key: Buffer, sealed: string, context: string): string {
	const bytes = Buffer.from(sealed, "base64");
	const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
	decipher.setAAD(Buffer.from(context));
	decipher.setAuthTag(bytes.subarray(12, 28));
	return Buffer.concat([
		decipher.update(bytes.subarray(28)),
		decipher.final(),
	]).toString("utf8");
}

/** The key of this laptop cloud's secrets, made at first use. */
export function loadKey(folder: string): Buffer {
	const file = join(folder, "key");
	createOnce(file, () => randomBytes(32).toString("hex"));
	return Buffer.from(readFileSync(file, "utf8"), "hex");
}
