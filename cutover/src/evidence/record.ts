import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
	type KindName,
	kindOf,
	type Predicate,
	type Subject,
} from "@trusted-login/golive";
import {
	digestsOnly,
	readProgram,
	readProgramFile,
	reportKey,
} from "@trusted-login/golive/read";
import { loadStackFile } from "@trusted-login/settings";
import { RefusedError } from "../errors.ts";
import { maskSecrets } from "../masking.ts";
import type { Outcome } from "../outcome.ts";
import { type Signed, signRecord, storeRecord } from "./sign.ts";
import type { Signer } from "./signer.ts";
import type { EvidenceStore } from "./store.ts";

/** What was found out, before it is signed. */
export interface Proven {
	readonly kind: KindName;
	readonly stack: string;
	readonly release: string;
	readonly outcome: Outcome;
	readonly numbers: Readonly<Record<string, unknown>>;
	/** The result itself, kept as the first report. */
	readonly result: unknown;
	/** Further files to keep. */
	readonly reports: readonly string[];
	readonly startedAt: Date;
	readonly finishedAt: Date;
	/** Default: as long as the kind allows. */
	readonly expiresDays?: number | undefined;
}

export interface About {
	readonly stack: string;
	readonly program: string;
	readonly programFile?: string | undefined;
	readonly images?: Readonly<Record<string, string>> | undefined;
}

/** The subject of what is proven now. @throws EvidenceError for a checkout with changes. */
export async function subjectOf({
	stack,
	program,
	programFile,
	images,
}: About): Promise<Subject> {
	const hashes =
		programFile === undefined
			? await readProgram(program)
			: await readProgramFile(programFile);
	const named =
		images ?? loadStackFile(join(program, `Pulumi.${stack}.yaml`)).images;
	return { ...hashes, images: digestsOnly(named) };
}

/** Signs evidence and stores it with its reports; the record goes last, so that it never speaks of files that are not there. */
export async function recordEvidence(
	proven: Proven,
	subject: Subject,
	signer: Signer,
	store: EvidenceStore,
): Promise<Signed> {
	const resultFile = {
		name: `${proven.kind}-result.json`,
		bytes: Buffer.from(
			maskSecrets(`${JSON.stringify(proven.result, undefined, 2)}\n`),
		),
	};
	const others = await Promise.all(
		proven.reports.slice(0, mostReports).map(readReport),
	);
	const reports = named([resultFile, ...others]).map(({ name, bytes }) => ({
		name,
		bytes,
		sha256: createHash("sha256").update(bytes).digest("hex"),
	}));
	const days = proven.expiresDays ?? kindOf(proven.kind).days;
	const predicate: Predicate = {
		type: "evidence",
		body: {
			stack: proven.stack,
			release: proven.release,
			kind: proven.kind,
			producer: {
				name: process.env.CUTOVER_PRODUCER || process.env.USER || "cutover",
				keyId: signer.keyId,
				version: await version(),
			},
			startedAt: proven.startedAt.toISOString(),
			finishedAt: proven.finishedAt.toISOString(),
			expiresAt: new Date(
				proven.finishedAt.getTime() + days * 86_400_000,
			).toISOString(),
			outcome: proven.outcome,
			numbers: { ...proven.numbers },
			reports: reports.map(({ name, sha256, bytes }) => ({
				name,
				sha256,
				bytes: bytes.length,
			})),
		},
	};
	const signed = await signRecord(predicate, subject, signer);
	for (const { name, sha256, bytes } of reports) {
		await store.put(reportKey(sha256, name), bytes);
	}
	await storeRecord(store, signed);
	return signed;
}

/** With the result itself a hundred, the most that a statement takes. */
const mostReports = 99;
const largestReport = 10 * 1024 * 1024;

async function readReport(file: string) {
	const { size } = await stat(file);
	if (size > largestReport) {
		throw new RefusedError(
			`expected reports of at most 10 MB, got ${file} with ${size} bytes; name a smaller one`,
		);
	}
	const name = basename(file).replaceAll(/[^A-Za-z0-9_.-]/g, "-");
	return { name: name.replace(/^[.-]+/, "_"), bytes: await readFile(file) };
}

/** Two reports of one name get numbers. */
function named<T extends { readonly name: string }>(
	reports: readonly T[],
): readonly T[] {
	const seen = new Map<string, number>();
	return reports.map((report) => {
		const count = (seen.get(report.name) ?? 0) + 1;
		seen.set(report.name, count);
		return count === 1
			? report
			: { ...report, name: `${count}-${report.name}` };
	});
}

async function version(): Promise<string> {
	const file = new URL("../../package.json", import.meta.url);
	const text = await readFile(file, "utf8").catch(() => "{}");
	const found = (JSON.parse(text) as { version?: unknown }).version;
	return typeof found === "string" ? found : "unknown";
}
