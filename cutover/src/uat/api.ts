import { request } from "../adapters/http.ts";
import { RefusedError, UnreachableError } from "../errors.ts";

/** The application's API as one account: for what a scenario needs beforehand, and for taking away what it made. */
export interface Api {
	/** Sends a request; answers the JSON of a 2xx answer, undefined when it has none. */
	call(
		method: "GET" | "POST" | "PUT" | "DELETE",
		path: string,
		body?: unknown,
	): Promise<unknown>;
}

export interface ApiAccess {
	/** With its version, for example `https://api.trusted-login.com/api/v2`. */
	readonly url: string;
	/** Sent as bearer. */
	readonly token: string;
	readonly caFile?: string | undefined;
}

/**
 * Opens the API. Without access every call is refused with the reason.
 *
 * Calls throw UnreachableError, or RefusedError for any answer but 2xx.
 */
export function openApi(access: ApiAccess | string): Api {
	return {
		async call(method, path, body) {
			if (typeof access === "string") throw new RefusedError(access);
			const { url, token, caFile } = access;
			const answer = await request({
				url: `${url}${path}`,
				method,
				headers: { authorization: `Bearer ${token}` },
				timeoutMs: 10_000,
				...(body !== undefined && { json: body }),
				...(caFile !== undefined && { caFile }),
			}).catch((error: unknown) => {
				throw new UnreachableError("API", url, error);
			});
			if (answer.status < 200 || answer.status > 299) {
				throw new RefusedError(
					`${method} ${url}${path} answered ${answer.status}${answer.status === 503 ? " (is the fence on?)" : ""}`,
				);
			}
			return jsonOf(answer.body);
		},
	};
}

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
