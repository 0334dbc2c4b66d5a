import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";

const header = z.object({ alg: z.literal("HS256") });
const payload = z.object({ sub: z.string().min(1), exp: z.number() });

const encodedHeader = encode({ alg: "HS256", typ: "JWT" });

/** Makes a JWT (HS256) for an e-mail address; `now` and the life time in seconds. */
export function signToken(
	email: string,
	secret: string,
	options: { readonly nowSeconds: number; readonly lifeSeconds: number },
): string {
	const body = encode({
		sub: email,
		iat: options.nowSeconds,
		exp: options.nowSeconds + options.lifeSeconds,
	});
	const signed = `${encodedHeader}.${body}`;
	return `${signed}.${signature(signed, secret).toString("base64url")}`;
}

/** The e-mail address a token speaks for, or undefined when it is forged, expired, or no JWT (HS256) at all. */
export function verifyToken(
	token: string,
	secret: string,
	nowSeconds: number,
): string | undefined {
	const parts = token.split(".");
	const [head, body, mark] = parts;
	if (parts.length !== 3 || !head || !body || !mark) return undefined;
	const given = Buffer.from(mark, "base64url");
	const expected = signature(`${head}.${body}`, secret);
	if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
		return undefined;
	}
	if (!header.safeParse(decode(head)).success) return undefined;
	const claims = payload.safeParse(decode(body));
	if (!claims.success || claims.data.exp <= nowSeconds) return undefined;
	return claims.data.sub;
}

function signature(text: string, secret: string): Buffer {
	return createHmac("sha256", secret).update(text).digest();
}

function encode(value: unknown): string {
	return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(text: string): unknown {
	try {
		return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
	} catch {
		return undefined;
	}
}
