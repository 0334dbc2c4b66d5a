import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../handler.ts";

/** Certificate chain and private key (PEM) of a certificate of the stand-in ACM. */
export async function certificateOf(
	cloud: Cloud,
	arn: string,
): Promise<{ cert: string; key: string }> {
	const folder = join(cloud.root, "acm", arn.replace(/^.*\//, ""));
	try {
		const [cert, key] = await Promise.all([
			readFile(join(folder, "cert.pem"), "utf8"),
			readFile(join(folder, "key.pem"), "utf8"),
		]);
		return { cert, key };
	} catch (cause) {
		throw new Error(`CertificateNotFound: certificate ${arn} not found`, {
			cause,
		});
	}
}
