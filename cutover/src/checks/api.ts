import {
	type Connections,
	type HttpAnswer,
	type HttpRequest,
	request,
} from "../adapters/http.ts";
import { NotRunError } from "./check.ts";
import { noAnswer, RedirectError } from "./httpErrors.ts";

/** One call of an application. */
export interface Call
	extends Pick<
		HttpRequest,
		"method" | "json" | "content" | "accept" | "headers"
	> {
	/** With a slash at its beginning; empty for the base URL itself. */
	readonly path: string;
	/** Goes along as bearer token. */
	readonly token?: string | undefined;
	/** Most of the body that is kept. Default: 1000000. */
	readonly bodyBytes?: number;
	/** On a connection that stays open, so that a measurement holds the answer and not the handshake. Default: false. */
	readonly keep?: boolean;
}

/** What came back, and where from after redirects. */
export interface Answer extends HttpAnswer {
	readonly seconds: number;
}

/** An application under test. */
export interface Api {
	/** For people: "the API". */
	readonly what: string;
	readonly baseUrl: URL;
	/**
	 * Calls it; redirects of a GET are followed.
	 *
	 * @throws NoAnswerError, RedirectError, and NotRunError once it is known that nobody answers.
	 */
	call(call: Call, signal?: AbortSignal): Promise<Answer>;
	close(): void;
}

export interface ApiOptions {
	readonly what: string;
	readonly baseUrl: string;
	readonly host?: string | undefined;
	readonly caFile?: string | undefined;
	readonly requestSeconds: number;
	readonly connections: Connections;
}

const mostRedirects = 5;

/** Time-outs without any answer in between after which nobody is asked any more. */
const mostTimeOuts = 2;

/** Opens an application; no request is sent yet. */
export function openApi(options: ApiOptions): Api {
	const { what, connections } = options;
	const baseUrl = new URL(options.baseUrl);
	let hasAnswered = false;
	let silent = 0;

	async function once(
		url: URL,
		call: Call,
		signal: AbortSignal | undefined,
	): Promise<HttpAnswer> {
		const { path: _, token, keep, ...rest } = call;
		const isOurs = url.origin === baseUrl.origin;
		try {
			const answer = await request({
				...rest,
				url: url.href,
				...(keep === true && { connections }),
				timeoutMs: options.requestSeconds * 1000,
				...(signal !== undefined && { signal }),
				...(isOurs && options.host !== undefined && { host: options.host }),
				...(options.caFile !== undefined && { caFile: options.caFile }),
				// Whoever redirects elsewhere does not get the token.
				...(isOurs && token !== undefined && { token }),
			});
			return answer;
		} catch (error) {
			signal?.throwIfAborted();
			const problem = noAnswer(what, url, error, options.requestSeconds);
			silent += problem.isFinal ? mostTimeOuts : 1;
			throw problem;
		}
	}

	return {
		what,
		baseUrl,
		async call(call, signal) {
			if (!hasAnswered && silent >= mostTimeOuts)
				throw new NotRunError(`${what} does not answer`);
			const startedAt = performance.now();
			const way: URL[] = [];
			let url = join(baseUrl, call.path);
			for (;;) {
				way.push(url);
				const answer = await once(url, call, signal);
				const next = redirectOf(answer, url);
				if (next === undefined) {
					hasAnswered = true;
					return { ...answer, seconds: (performance.now() - startedAt) / 1000 };
				}
				const problem = redirectProblem(what, call, way, next);
				if (problem !== undefined) {
					silent = mostTimeOuts;
					throw problem;
				}
				url = next;
			}
		},
		close: () => connections.close(),
	};
}

/** The path below the base URL, which may have a path of its own. */
function join(baseUrl: URL, path: string): URL {
	return new URL(
		`${baseUrl.href.replace(/[?#].*$/, "").replace(/\/$/, "")}${path}`,
	);
}

function redirectOf(answer: HttpAnswer, from: URL): URL | undefined {
	const { location } = answer.headers;
	return answer.status >= 300 && answer.status < 400 && location !== undefined
		? new URL(location, from)
		: undefined;
}

function redirectProblem(
	what: string,
	call: Call,
	way: readonly URL[],
	next: URL,
): RedirectError | undefined {
	const first = way[0]?.href ?? "";
	if ((call.method ?? "GET") !== "GET")
		return new RedirectError(
			`${what} redirects ${call.method} ${first} to ${next.href}; give the address it leads to as base URL`,
		);
	const isLoop = way.some((url) => url.href === next.href);
	if (!isLoop && way.length <= mostRedirects) return undefined;
	const shown = [...way, next].map((url) => url.href).join(" → ");
	return new RedirectError(
		`${what} redirects in a loop: ${shown}; correct the base URL, or the redirect rule of the edge (does it end TLS in front of an application that insists on it?)`,
	);
}

/** A JSON answer; undefined for anything else. */
export function jsonOf(answer: Pick<HttpAnswer, "body">): unknown {
	try {
		return JSON.parse(answer.body);
	} catch {
		return undefined;
	}
}

/** A value by its way through objects; undefined where the way ends. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
	return keys.reduce<unknown>(
		(found, key) =>
			typeof found === "object" && found !== null
				? Reflect.get(found, key)
				: undefined,
		value,
	);
}

/** Status and the beginning of what was said, for a report. */
export function said({
	status,
	body,
}: Pick<HttpAnswer, "status" | "body">): string {
	const text = body
		.replace(/("[a-z_]*token"\s*:\s*")[^"]*/gi, "$1***")
		.replace(/\s+/g, " ")
		.trim()
		.slice(0, 160);
	return text === "" ? `${status}` : `${status} ${text}`;
}
