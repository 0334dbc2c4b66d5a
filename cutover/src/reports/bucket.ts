import { extname } from "node:path";
import {
	type Bucket,
	BucketError,
	openBucket,
	type Patience,
	TooBigError,
} from "../adapters/bucket.ts";
import { requireBucket } from "../adapters/objects.ts";
import { ReportPlaceError, reasonOf } from "../errors.ts";
import {
	type ReportContent,
	type ReportPlace,
	requireName,
	tooBig,
} from "./place.ts";

/** Reports below `s3://bucket/prefix`; writing needs s3:PutObject there and nothing else. */
export async function bucketPlace(
	address: string,
	patience?: Patience,
): Promise<ReportPlace> {
	const { bucket: bucketName, prefix } = requireBucket(address);
	const whole = prefix === "" ? "" : `${prefix}/`;
	const place = `s3://${bucketName}${prefix === "" ? "" : `/${prefix}`}`;
	const bucket = await openBucket(bucketName, patience);
	const keyOf = (name: string) => `${whole}${requireName(name)}`;
	const tried = async <T>(wish: "write" | "read", work: () => Promise<T>) => {
		try {
			return await work();
		} catch (error) {
			throw new ReportPlaceError(place, wish, explain(error), error);
		}
	};
	return {
		address: place,
		addressOf: (name) => `s3://${bucketName}/${keyOf(name)}`,
		async write(name, content) {
			await tried("write", () =>
				bucket.put(keyOf(name), bytesOf(content), contentTypeOf(name)),
			);
		},
		async read(name, limitBytes) {
			const key = keyOf(name);
			try {
				return await bucket.get(key, limitBytes);
			} catch (error) {
				const problem =
					error instanceof TooBigError
						? tooBig(error.bytes, limitBytes)
						: explain(error);
				throw new ReportPlaceError(
					`s3://${bucketName}/${key}`,
					"read",
					problem,
					error,
				);
			}
		},
		async list(prefix) {
			const found = await tried("read", () => bucket.list(whole + prefix));
			return found.map(({ key, bytes, changedAt }) => ({
				name: key.slice(whole.length),
				bytes,
				changedAt,
			}));
		},
		async remove(name) {
			await tried("write", () => removeOrEmpty(bucket, keyOf(name)));
		},
		close: () => bucket.close(),
	};
}

/** Who may only put empties what it may not delete: an empty file passes for nothing. */
async function removeOrEmpty(bucket: Bucket, key: string): Promise<void> {
	try {
		await bucket.delete(key);
	} catch (error) {
		if (!(error instanceof BucketError && error.isRefused)) throw error;
		await bucket.put(key, new Uint8Array(), contentTypeOf(key));
	}
}

function bytesOf(content: ReportContent) {
	return typeof content === "string" ? Buffer.from(content) : content;
}

function explain(error: unknown) {
	return error instanceof BucketError
		? error
		: { reason: reasonOf(error), remedy: "settle that, or name another place" };
}

const contentTypes: Readonly<Record<string, string>> = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".jpg": "image/jpeg",
	".js": "text/javascript; charset=utf-8",
	".json": "application/json",
	".jsonl": "application/x-ndjson",
	".md": "text/markdown; charset=utf-8",
	".pdf": "application/pdf",
	".png": "image/png",
	".sql": "text/plain; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
	".webp": "image/webp",
	".zip": "application/zip",
};

function contentTypeOf(name: string): string {
	return (
		contentTypes[extname(name).toLowerCase()] ?? "application/octet-stream"
	);
}
