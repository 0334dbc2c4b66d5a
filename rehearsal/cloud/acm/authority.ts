import { randomUUID } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** A certificate with its key, PEM; the chain ends at the laptop's own authority. */
export interface CertificateMaterial {
	readonly cert: string;
	readonly key: string;
	readonly ca: string;
}

const yearMs = 365 * 24 * 3600 * 1000;

/** `HOME/cloud/acm/ca.pem`: what a client has to trust. */
export const authorityFile = (root: string): string =>
	join(root, "acm", "ca.pem");

/** Issues a certificate for the names, valid one year, and keeps it under its id. */
export async function issueCertificate(
	root: string,
	names: readonly string[],
): Promise<{ id: string; notBefore: Date; notAfter: Date }> {
	const ca = await ensureAuthority(root);
	const id = randomUUID();
	const notBefore = new Date(Date.now() - 60_000);
	const notAfter = new Date(notBefore.getTime() + yearMs);
	const { generate } = await import("selfsigned");
	const issued = await generate(
		[{ name: "commonName", value: names[0] ?? "" }],
		{
			keyType: "ec",
			algorithm: "sha256",
			notBeforeDate: notBefore,
			notAfterDate: notAfter,
			ca: { key: ca.key, cert: ca.cert },
			extensions: [
				{ name: "basicConstraints", cA: false, critical: true },
				{ name: "keyUsage", digitalSignature: true, critical: true },
				{ name: "extKeyUsage", serverAuth: true },
				{
					name: "subjectAltName",
					altNames: names.map((name) =>
						/^[\d.]+$/.test(name)
							? { type: 7 as const, ip: name }
							: { type: 2 as const, value: name },
					),
				},
			],
		},
	);
	write(join(root, "acm", `${id}.pem`), issued.cert, 0o644);
	write(join(root, "acm", `${id}.key`), issued.private, 0o600);
	return { id, notBefore, notAfter };
}

/**
 * The certificate of an ARN, for a listener.
 * @throws CertificateNotFoundException
 */
export function readCertificate(
	root: string,
	certificateArn: string,
): CertificateMaterial {
	const id = idOf(certificateArn);
	const file = join(root, "acm", `${id}.pem`);
	if (!existsSync(file))
		throw new Error(
			`CertificateNotFoundException: the laptop cloud has no certificate '${certificateArn}'`,
		);
	return {
		cert: readFileSync(file, "utf8"),
		key: readFileSync(join(root, "acm", `${id}.key`), "utf8"),
		ca: readFileSync(authorityFile(root), "utf8"),
	};
}

export const certificateExists = (root: string, certificateArn: string) =>
	existsSync(join(root, "acm", `${idOf(certificateArn)}.pem`));

export function removeCertificate(root: string, certificateArn: string): void {
	for (const ending of ["pem", "key"])
		rmSync(join(root, "acm", `${idOf(certificateArn)}.${ending}`), {
			force: true,
		});
}

/** Only a UUID becomes part of a path. */
const idOf = (certificateArn: string): string =>
	/certificate\/([0-9a-f-]{36})$/.exec(certificateArn)?.[1] ?? "none";

let making: Promise<{ cert: string; key: string }> | undefined;

/** One authority even when several certificates are wanted at once. */
async function ensureAuthority(
	root: string,
): Promise<{ cert: string; key: string }> {
	const keyFile = join(root, "acm", "ca.key");
	if (existsSync(authorityFile(root)))
		return {
			cert: readFileSync(authorityFile(root), "utf8"),
			key: readFileSync(keyFile, "utf8"),
		};
	making ??= makeAuthority(root, keyFile).finally(() => {
		making = undefined;
	});
	return making;
}

async function makeAuthority(
	root: string,
	keyFile: string,
): Promise<{ cert: string; key: string }> {
	const { generate } = await import("selfsigned");
	const start = new Date(Date.now() - 60_000);
	const made = await generate(
		[{ name: "commonName", value: "Trusted Login laptop cloud" }],
		{
			keyType: "ec",
			algorithm: "sha256",
			notBeforeDate: start,
			notAfterDate: new Date(start.getTime() + yearMs),
			extensions: [
				{ name: "basicConstraints", cA: true, critical: true },
				{ name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
			],
		},
	);
	mkdirSync(join(root, "acm"), { recursive: true, mode: 0o755 });
	write(keyFile, made.private, 0o600);
	write(authorityFile(root), made.cert, 0o644);
	return { cert: made.cert, key: made.private };
}

function write(file: string, text: string, mode: number): void {
	writeFileSync(`${file}.new`, text, { mode });
	renameSync(`${file}.new`, file);
}
