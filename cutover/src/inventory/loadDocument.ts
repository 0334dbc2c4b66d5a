import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { type HttpAnswer, request } from "../adapters/http.ts";
import { RefusedError, reasonOf } from "../errors.ts";

/** Far more than any description of an API has. */
const mostBytes = 64_000_000;

/**
 * Reads a JSON or YAML document from a file or an address. Where the address gives a page that shows an OpenAPI
 * document, the document that it names is read instead, from the same origin.
 *
 * @throws RefusedError when there is no such document.
 */
export async function loadDocument(
	place: string,
	caFile?: string,
): Promise<unknown> {
	if (!/^https?:\/\//i.test(place)) {
		const text = await readFile(place, "utf8").catch((error: unknown) => {
			throw new RefusedError(`cannot read ${place}: ${reasonOf(error)}`, {
				cause: error,
			});
		});
		return parseDocument(text, place);
	}
	const body = await get(place, caFile);
	const shown = documentOfPage(body, place);
	return shown === undefined
		? parseDocument(body, place)
		: parseDocument(await get(shown, caFile), shown);
}

/** The address of the document that a page of Swagger UI or Redoc shows; undefined for other bodies and origins. */
export function documentOfPage(
	body: string,
	address: string,
): string | undefined {
	if (!/<html|<!doctype html/i.test(body.slice(0, 2_000))) return undefined;
	const [, named] =
		/(?:\burl\s*:|\bspec-url\s*=)\s*["']([^"']+)["']/.exec(body) ?? [];
	if (named === undefined || !URL.canParse(named, address)) return undefined;
	const found = new URL(named, address);
	return found.origin === new URL(address).origin && found.href !== address
		? found.href
		: undefined;
}

function parseDocument(text: string, place: string): unknown {
	if (/^\s*</.test(text)) return text;
	try {
		// JSON first: it is many times faster, and every JSON text is YAML as well.
		return JSON.parse(text);
	} catch {
		// Not JSON, or cut off.
	}
	try {
		return parse(text);
	} catch (error) {
		throw new RefusedError(
			`expected JSON or YAML at ${place}, got something else: ${reasonOf(error).split("\n")[0]}`,
			{ cause: error },
		);
	}
}

async function get(address: string, caFile?: string): Promise<string> {
	let answer: HttpAnswer;
	try {
		answer = await request({
			url: address,
			accept: "application/json, application/yaml",
			bodyBytes: mostBytes,
			timeoutMs: 30_000,
			...(caFile !== undefined && { caFile }),
		});
	} catch (error) {
		throw new RefusedError(
			`${address} does not answer: ${reasonOf(error)}; check that the application runs`,
			{ cause: error },
		);
	}
	if (answer.status === 200) return answer.body;
	const { location } = answer.headers;
	throw new RefusedError(
		`expected 200 from ${address}, got ${answer.status}${location === undefined ? "" : ` to ${location}`}; give the address of the document itself`,
	);
}
