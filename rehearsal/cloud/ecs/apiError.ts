/** An answer of a service that is an error: HTTP 400 with `__type` = code. */
export class ApiError extends Error {
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.name = "ApiError";
		this.code = code;
	}
}
