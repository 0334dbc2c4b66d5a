import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { LaptopCloud } from "../daemon/laptopCloud.ts";
import type { Cloud } from "../handler.ts";
import { bucketOf } from "./buckets.ts";
import { bucketType } from "./bucketTypes.ts";
import { answerList } from "./listAnswer.ts";
import type { Bucket, StoredObject } from "./objects.ts";
import { receiveBody, S3Error } from "./receive.ts";
import { parsePath, parseRange, type RequestUrl, splitUrl } from "./url.ts";
import { xmlDocument } from "./xml.ts";

/** Sub-resources of the S3 API that are operations of their own and not served here. */
const otherOperations = [
	"uploads",
	"uploadId",
	"delete",
	"acl",
	"tagging",
	"versions",
	"versionId",
	"policy",
	"lifecycle",
	"cors",
	"encryption",
	"versioning",
];

/** The S3 REST API, path-style: put, get, head and delete of objects, head and list of buckets. */
export async function serveS3(
	request: IncomingMessage,
	response: ServerResponse,
	{ cloud, calls }: LaptopCloud,
	allowed: boolean,
): Promise<void> {
	const started = Date.now();
	const requestId = randomBytes(8).toString("hex").toUpperCase();
	response.setHeader("x-amz-request-id", requestId);
	const url = splitUrl(request.url ?? "/");
	let failure: S3Error | undefined;
	try {
		if (!allowed)
			throw new S3Error(
				403,
				"InvalidAccessKeyId",
				"The AWS Access Key Id you provided does not exist in our records.",
			);
		await operate(request, response, url, cloud);
	} catch (error) {
		failure = asS3Error(error);
		// The client may still be sending: an answer without reading on would be a broken pipe to it.
		request.resume();
		sendError(response, request, failure, requestId);
	}
	calls.append({
		at: new Date(started).toISOString(),
		api: "aws",
		operation: `s3:${request.method}`,
		id: decodeURIComponent(url.path).slice(0, 300),
		outcome: failure === undefined ? "ok" : "failed",
		...(failure === undefined ? {} : { message: failure.message }),
		milliseconds: Date.now() - started,
	});
}

async function operate(
	request: IncomingMessage,
	response: ServerResponse,
	url: RequestUrl,
	cloud: Cloud,
): Promise<void> {
	const { bucketName, key } = parsePath(url.path);
	const asked = otherOperations.find((name) => url.query.has(name));
	if (asked !== undefined || request.headers["x-amz-copy-source"] !== undefined)
		throw new S3Error(
			501,
			"NotImplemented",
			`the laptop cloud does not have ${request.method} ?${asked ?? "copy"}`,
		);
	if (cloud.resources.get(bucketType, bucketName) === undefined)
		throw new S3Error(
			404,
			"NoSuchBucket",
			`The specified bucket does not exist: ${bucketName}`,
		);
	const bucket = bucketOf(cloud, bucketName);
	const operation = `${request.method} ${key === "" ? "bucket" : "object"}`;
	switch (operation) {
		case "HEAD bucket":
			response.setHeader("x-amz-bucket-region", cloud.region);
			response.writeHead(200).end();
			return;
		case "GET bucket":
			return answerList(response, url, bucketName, bucket);
		case "PUT object":
			return put(request, response, bucket, key);
		case "GET object":
			return get(request, response, bucket, key);
		case "HEAD object":
			response.writeHead(200, headersOf(requireObject(bucket, key))).end();
			return;
		case "DELETE object":
			bucket.delete(key);
			response.writeHead(204).end();
			return;
		default:
			throw new S3Error(
				501,
				"NotImplemented",
				`the laptop cloud does not have ${operation}; buckets are made by the program`,
			);
	}
}

async function put(
	request: IncomingMessage,
	response: ServerResponse,
	bucket: Bucket,
	key: string,
): Promise<void> {
	if (Buffer.byteLength(key) > 1024)
		throw new S3Error(400, "KeyTooLongError", "Your key is too long");
	const { body, verify } = receiveBody(request);
	const metadata = Object.fromEntries(
		Object.entries(request.headers)
			.filter(([name]) => name.startsWith("x-amz-meta-"))
			.map(([name, value]) => [name.slice("x-amz-meta-".length), `${value}`]),
	);
	const stored = await bucket.write(
		key,
		body,
		{
			contentType:
				request.headers["content-type"] ?? "application/octet-stream",
			metadata,
		},
		verify,
	);
	response.writeHead(200, { etag: `"${stored.etag}"` }).end();
}

async function get(
	request: IncomingMessage,
	response: ServerResponse,
	bucket: Bucket,
	key: string,
): Promise<void> {
	const stored = requireObject(bucket, key);
	const range = parseRange(request.headers.range, stored.size);
	if (range === undefined) response.writeHead(200, headersOf(stored));
	else
		response.writeHead(206, {
			...headersOf(stored),
			"content-length": range.end - range.start + 1,
			"content-range": `bytes ${range.start}-${range.end}/${stored.size}`,
		});
	await pipeline(bucket.read(key, range), response);
}

function requireObject(bucket: Bucket, key: string): StoredObject {
	const stored = bucket.head(key);
	if (stored === undefined)
		throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
	return stored;
}

function headersOf(stored: StoredObject): Record<string, string | number> {
	return {
		...Object.fromEntries(
			Object.entries(stored.metadata).map(([name, value]) => [
				`x-amz-meta-${name}`,
				value,
			]),
		),
		etag: `"${stored.etag}"`,
		"content-length": stored.size,
		"content-type": stored.contentType,
		"last-modified": new Date(stored.lastModified).toUTCString(),
		"accept-ranges": "bytes",
	};
}

function asS3Error(error: unknown): S3Error {
	if (error instanceof S3Error) return error;
	const message = error instanceof Error ? error.message : String(error);
	if (message.startsWith("IncompleteBody"))
		return new S3Error(400, "IncompleteBody", message);
	if (message.startsWith("InvalidBucketName"))
		return new S3Error(400, "InvalidBucketName", message);
	return new S3Error(500, "InternalError", message);
}

function sendError(
	response: ServerResponse,
	request: IncomingMessage,
	error: S3Error,
	requestId: string,
): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	const body = xmlDocument([
		"Error",
		[
			["Code", error.code],
			["Message", error.message],
			["RequestId", requestId],
		],
	]).replace(/ xmlns="[^"]*"/, "");
	response.writeHead(error.status, { "content-type": "application/xml" });
	response.end(request.method === "HEAD" ? undefined : body);
}
