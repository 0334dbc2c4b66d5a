import type { Cloud, Properties } from "./handler.ts";

/** One JSON action: the request's body in, the answer's body out. Throws `ApiError` for what AWS would refuse. */
export type ApiAction = (
	input: Properties,
	cloud: Cloud,
) => Promise<Properties>;

/** An answer of the service that is an error: HTTP 400 with `__type` = code. */
export class ApiError extends Error {
	override readonly name = "ApiError";
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.code = code;
	}
}
