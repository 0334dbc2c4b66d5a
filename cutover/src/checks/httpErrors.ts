import { reasonOf } from "../errors.ts";

/** An address gave no answer of HTTP at all. */
export class NoAnswerError extends Error {
	override readonly name = "NoAnswerError";
	/** Nobody would answer another request either. */
	readonly isFinal: boolean;

	constructor(message: string, isFinal: boolean, cause: unknown) {
		super(message, { cause });
		this.isFinal = isFinal;
	}
}

/** An answer led somewhere else, in a way that cannot be followed. */
export class RedirectError extends Error {
	override readonly name = "RedirectError";
}

const certificateFaults: Readonly<Record<string, string>> = {
	CERT_HAS_EXPIRED: "has expired; install a new one",
	ERR_TLS_CERT_ALTNAME_INVALID:
		"is for another name; correct the address or the host override, or install the certificate of this name",
	DEPTH_ZERO_SELF_SIGNED_CERT:
		"is signed by itself; name its authority with --ca-file",
	SELF_SIGNED_CERT_IN_CHAIN:
		"is signed by an authority that is not known here; name it with --ca-file",
	UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		"is signed by an authority that is not known here; name it with --ca-file, or let the server send the whole chain",
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
		"is signed by an authority that is not known here; name it with --ca-file",
};

const refusals: Readonly<Record<string, string>> = {
	ECONNREFUSED:
		"nobody listens there; check the port and that the application runs",
	ENOTFOUND: "the name does not exist; check the address",
	EAI_AGAIN: "names cannot be looked up; check the network's DNS",
	EHOSTUNREACH: "there is no way to that host; check the network",
	ENETUNREACH: "there is no way to that network; check the network",
	ECONNRESET:
		"it closes the connection without a word; check the port, and whether the address is https://",
	EPROTO: "it does not speak TLS; check whether the address is http://",
};

/** What went wrong with a request, with the address and what to do about it. */
export function noAnswer(
	what: string,
	url: URL,
	error: unknown,
	seconds: number,
): NoAnswerError {
	const code = codeOf(error);
	const start = `${what} at ${url.origin}`;
	const certificate = certificateFaults[code];
	if (certificate !== undefined)
		return new NoAnswerError(
			`the certificate of ${start} ${certificate} (${code})`,
			true,
			error,
		);
	const refusal = refusals[code];
	if (refusal !== undefined)
		return new NoAnswerError(
			`${start} does not answer: ${refusal} (${code})`,
			true,
			error,
		);
	if (error instanceof Error && error.name === "TimeoutError")
		return new NoAnswerError(
			`${start} gives no answer to ${url.pathname} within ${seconds} s; check that the application and its database run`,
			false,
			error,
		);
	if (code.startsWith("HPE_"))
		return new NoAnswerError(
			`${start} does not speak HTTP (${code}); check the port, and whether the address is https://`,
			true,
			error,
		);
	return new NoAnswerError(
		`${start} gives no whole answer to ${url.pathname}: ${reasonOf(error)}`,
		false,
		error,
	);
}

function codeOf(error: unknown): string {
	if (error instanceof AggregateError) return codeOf(error.errors[0]);
	if (error instanceof Error && "code" in error) return String(error.code);
	return "";
}
