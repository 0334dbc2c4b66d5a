import type { ServerResponse } from "node:http";
import { listObjects } from "./list.ts";
import type { Bucket } from "./objects.ts";
import { S3Error } from "./receive.ts";
import type { RequestUrl } from "./url.ts";
import { type XmlNode, xmlDocument } from "./xml.ts";

/** Answers ListObjectsV2. */
export function answerList(
	response: ServerResponse,
	url: RequestUrl,
	name: string,
	bucket: Bucket,
): void {
	const q = url.query;
	if (q.get("list-type") !== "2" && q.has("marker"))
		throw new S3Error(501, "NotImplemented", "use ListObjectsV2");
	const prefix = q.get("prefix") ?? "";
	const delimiter = q.get("delimiter") ?? "";
	const maxKeys = Math.min(Number(q.get("max-keys") ?? 1000), 1000);
	const token = q.get("continuation-token");
	const after =
		token === null
			? (q.get("start-after") ?? "")
			: Buffer.from(token, "base64url").toString("utf8");
	const answer = listObjects(bucket.list(), {
		prefix,
		delimiter,
		maxKeys,
		after,
	});
	const write = (key: string) =>
		q.get("encoding-type") === "url"
			? encodeURIComponent(key).replaceAll("%2F", "/")
			: key;
	const children: XmlNode[] = [
		["Name", name],
		["Prefix", write(prefix)],
		["KeyCount", answer.objects.length + answer.commonPrefixes.length],
		["MaxKeys", maxKeys],
		["IsTruncated", answer.next !== undefined],
		...(delimiter === "" ? [] : [["Delimiter", write(delimiter)] as const]),
		...(q.has("encoding-type") ? [["EncodingType", "url"] as const] : []),
		...(answer.next === undefined
			? []
			: [
					[
						"NextContinuationToken",
						Buffer.from(answer.next).toString("base64url"),
					] as const,
				]),
		...answer.objects.map(
			(object): XmlNode => [
				"Contents",
				[
					["Key", write(object.key)],
					["LastModified", object.lastModified],
					["ETag", `"${object.etag}"`],
					["Size", object.size],
					["StorageClass", "STANDARD"],
				],
			],
		),
		...answer.commonPrefixes.map(
			(common): XmlNode => ["CommonPrefixes", [["Prefix", write(common)]]],
		),
	];
	response.writeHead(200, { "content-type": "application/xml" });
	response.end(xmlDocument(["ListBucketResult", children]));
}
