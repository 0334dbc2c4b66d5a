import { join } from "node:path";
import type { Cloud } from "../handler.ts";
import { Bucket } from "./objects.ts";

const opened = new Map<string, Bucket>();

/** The bucket's folder; opened once per daemon, because its index is kept in memory. */
export function bucketOf(cloud: Cloud, name: string): Bucket {
	const folder = join(cloud.root, "s3", requireBucketName(name));
	const known = opened.get(folder);
	if (known !== undefined) return known;
	const bucket = new Bucket(folder);
	opened.set(folder, bucket);
	return bucket;
}

/** @throws InvalidBucketName for what S3 would refuse; so a name never leads out of the folder. */
export function requireBucketName(name: string): string {
	if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes(".."))
		throw new Error(
			`InvalidBucketName: '${name}': expected 3 to 63 lower-case letters, digits, dots and hyphens`,
		);
	return name;
}
