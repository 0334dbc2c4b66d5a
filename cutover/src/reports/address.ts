import { join } from "node:path";
import {
	bucketAddressRule,
	parseBucketAddress,
} from "@trusted-login/golive/aws";
import { z } from "zod";

const defaultAddress = "reports";

/** Where reports go, as an option gives it: a folder, or `s3://bucket/prefix`. Default: `reports` in the working directory. */
export const reportAddress = z
	.string()
	.superRefine((address, context) => {
		const problem = problemOf(address);
		if (problem !== undefined) context.addIssue(problem);
	})
	.default(defaultAddress);

/** What messages call a file below a place, before it is opened. */
export function addressIn(address: string, name: string): string {
	return address.startsWith("s3://")
		? `${address.replace(/\/+$/, "")}/${name}`
		: join(address, name);
}

function problemOf(address: string): string | undefined {
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1];
	if (scheme === undefined) {
		return address.includes("\0") ? "expected a folder" : undefined;
	}
	if (scheme !== "s3") {
		return `expected a folder or s3://bucket/prefix, got an address that begins with ${scheme}://`;
	}
	return parseBucketAddress(address) === undefined
		? bucketAddressRule
		: undefined;
}
