import { reasonOf } from "../errors.ts";

/** What is read of an error of the S3 client. */
interface Seen {
	readonly name: string;
	readonly status: number | undefined;
	readonly code: string | undefined;
	readonly region: string | undefined;
}

const credentialNames = [
	"CredentialsProviderError",
	"InvalidAccessKeyId",
	"SignatureDoesNotMatch",
	"ExpiredToken",
	"InvalidToken",
	"TokenRefreshRequired",
];
const busyNames = [
	"SlowDown",
	"ThrottlingException",
	"RequestTimeout",
	"TimeoutError",
	"InternalError",
	"ServiceUnavailable",
];
const networkCodes = [
	"ECONNREFUSED",
	"ECONNRESET",
	"EPIPE",
	"ETIMEDOUT",
	"EAI_AGAIN",
	"EHOSTUNREACH",
	"ENETUNREACH",
];

/** Whether the same request may succeed a moment later. */
export function isWorthRetrying(error: unknown): boolean {
	const { name, status, code } = look(error);
	return (
		busyNames.includes(name) ||
		(code !== undefined && networkCodes.includes(code)) ||
		(status !== undefined &&
			(status >= 500 || status === 429) &&
			status !== 501)
	);
}

/** Why a bucket fails and what helps. */
export function explainBucket(
	bucket: string,
	error: unknown,
): {
	readonly reason: string;
	readonly remedy: string;
	readonly isRefused: boolean;
} {
	const { name, status, code, region } = look(error);
	const said = `${name}: ${reasonOf(error)}`;
	if (name === "NoSuchBucket") {
		return {
			reason: `there is no bucket ${bucket} where this asks (${whereItAsks()})`,
			remedy: "make it, or name another",
			isRefused: false,
		};
	}
	if (/region is missing|region not accepted/i.test(reasonOf(error))) {
		return {
			reason: "no region is set",
			remedy: "set AWS_REGION to the bucket's",
			isRefused: false,
		};
	}
	if (credentialNames.includes(name)) {
		return {
			reason: `no valid credentials (${said})`,
			remedy:
				"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give the task a role",
			isRefused: false,
		};
	}
	if (
		["PermanentRedirect", "AuthorizationHeaderMalformed"].includes(name) ||
		status === 301
	) {
		return {
			reason: `the bucket is in ${region === undefined ? "another region" : `the region ${region}`} (asked in ${process.env.AWS_REGION ?? "the profile's"})`,
			remedy: "set AWS_REGION to the bucket's",
			isRefused: false,
		};
	}
	if (status === 403) {
		return {
			reason: `the bucket refuses it (${said})`,
			remedy:
				"allow s3:PutObject on what lies below this address, to read also s3:GetObject and s3:ListBucket",
			isRefused: true,
		};
	}
	if (code !== undefined || name === "TimeoutError") {
		return {
			reason: `the bucket's server does not answer (${whereItAsks()}; ${reasonOf(error)})`,
			remedy: "check the network, AWS_REGION and AWS_ENDPOINT_URL",
			isRefused: false,
		};
	}
	return {
		reason: `${said}${status === undefined ? "" : ` (status ${status})`}`,
		remedy: "settle that, or name another place",
		isRefused: false,
	};
}

function whereItAsks(): string {
	const endpoint =
		process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? "";
	return endpoint === ""
		? `AWS, ${process.env.AWS_REGION ?? "the profile's region"}`
		: endpoint;
}

function look(error: unknown): Seen {
	const seen = { status: undefined, code: undefined, region: undefined };
	if (!(error instanceof Error)) return { name: "Error", ...seen };
	const answer = objectAt(error, "$response");
	const region =
		textAt(error, "Region") ??
		textAt(objectAt(answer, "headers"), "x-amz-bucket-region");
	const status: unknown = Reflect.get(
		objectAt(error, "$metadata"),
		"httpStatusCode",
	);
	return {
		name: error.name,
		status: typeof status === "number" ? status : undefined,
		code: networkCode(error),
		region,
	};
}

/** Node's word for a failed connection; of several addresses tried, the first. */
function networkCode(error: Error): string | undefined {
	const code = textAt(error, "code");
	if (code !== undefined && /^E[A-Z_]+$/.test(code)) return code;
	const [first]: unknown[] =
		error instanceof AggregateError ? error.errors : [error.cause];
	return first instanceof Error ? networkCode(first) : undefined;
}

function objectAt(from: object, key: string): object {
	const value: unknown = Reflect.get(from, key);
	return typeof value === "object" && value !== null ? value : {};
}

function textAt(from: object, key: string): string | undefined {
	const value: unknown = Reflect.get(from, key);
	return typeof value === "string" && value !== "" ? value : undefined;
}
