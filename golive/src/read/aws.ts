/** Times after which a request to AWS is given up, in milliseconds. */
export interface RequestLimits {
	readonly connectionTimeout: number;
	/** Longest time without a byte. */
	readonly socketTimeout: number;
	/** Longest time until an answer begins. */
	readonly requestTimeout?: number;
	readonly throwOnRequestTimeout?: boolean;
}

/** Limits for every request but those with big bodies; what may be asked again is. */
export const requestLimits = {
	connectionTimeout: 5_000,
	requestTimeout: 30_000,
	// Also for a server that stops in the middle of an answer.
	socketTimeout: 30_000,
	throwOnRequestTimeout: true,
} as const satisfies RequestLimits;

/** How every client of a bucket is set up; endpoint, region and credentials as everywhere with AWS. */
export const clientSettings = () =>
	({
		// A server of one's own rarely has a name for each bucket.
		forcePathStyle: [
			process.env.AWS_ENDPOINT_URL_S3,
			process.env.AWS_ENDPOINT_URL,
		].some((url) => url !== undefined && url !== ""),
		// The sha256 goes with the request already; a second checksum would need chunked signing.
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
		requestHandler: requestLimits,
	}) as const;

/** A place in a bucket. */
export interface BucketAddress {
	readonly bucket: string;
	/** What the names of its objects begin with; no slash at either end. */
	readonly prefix: string;
}

/** What messages say of an address that is none. */
export const bucketAddressRule =
	'expected s3://bucket/prefix: a bucket of 3 to 63 lower-case letters, digits, dots and hyphens, a prefix without "." and ".."';

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Buckets made before 2018 may have longer names, with capitals and underscores. */
export const oldBucketName = /^[A-Za-z0-9._-]{3,255}$/;

/** Reads `s3://bucket/prefix`. Undefined: it is none. */
export function parseBucketAddress(
	place: string,
	names: RegExp = bucketName,
): BucketAddress | undefined {
	const [, bucket = "", rest = ""] =
		/^s3:\/\/([^/]*)(?:\/(.*))?$/.exec(place) ?? [];
	const parts = rest.split("/").filter((part) => part !== "");
	if (!names.test(bucket) || parts.some((part) => /^\.\.?$/.test(part)))
		return undefined;
	return { bucket, prefix: parts.join("/") };
}

/** Name of an object below an address. */
export const objectKey = ({ prefix }: BucketAddress, key: string): string =>
	prefix === "" ? key : `${prefix}/${key}`;
