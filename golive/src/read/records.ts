import { peekPayload } from "../dsse.ts";
import type { FoundReport, StoredRecord } from "../records.ts";
import { largestFileBytes } from "../yamlText.ts";
import { type EvidencePlace, messageOf, reportKey } from "./place.ts";

/** More records than this are no evidence of one program, but an attempt to fill the memory. */
export const mostRecords = 20_000;
/** All records together, in bytes. */
const mostBytes = 256 * 1024 * 1024;
const atOnce = 32;

/** Only reports of these are read and hashed. */
export interface Wanted {
	readonly release: string;
}

/**
 * Reads every record of a place, and hashes the reports of those that speak of the wanted release. What cannot be read is
 * handed on as such: it proves nothing, and it hides nothing.
 */
export async function readRecords(
	place: EvidencePlace,
	wanted: Wanted,
): Promise<readonly StoredRecord[]> {
	const keys = [...(await place.list())].sort();
	if (keys.length > mostRecords) {
		return [
			{
				path: "records",
				problem: `expected at most ${mostRecords} records, got ${keys.length}; move old releases away`,
			},
		];
	}
	const hashed = new Map<string, Promise<FoundReport | undefined>>();
	const hash = (key: string) => {
		const known = hashed.get(key) ?? place.hash(key);
		hashed.set(key, known);
		return known;
	};
	let bytes = 0;
	return await inParallel(keys, async (key) => {
		try {
			const text = await place.read(key, largestFileBytes);
			bytes += text.length;
			if (bytes > mostBytes) {
				return { path: key, problem: "the records are too large together" };
			}
			return { path: key, text, reports: await reportsOf(text, wanted, hash) };
		} catch (error) {
			return { path: key, problem: messageOf(error) };
		}
	});
}

/** The reports that a record names, as they are now; nothing here is believed, so nothing here needs a signature. */
async function reportsOf(
	text: string,
	{ release }: Wanted,
	hash: (key: string) => Promise<FoundReport | undefined>,
): Promise<ReadonlyMap<string, FoundReport>> {
	const found = new Map<string, FoundReport>();
	const predicate = fieldOf(peekPayload(text), "predicate");
	const reports = fieldOf(predicate, "reports");
	if (fieldOf(predicate, "release") !== release || !Array.isArray(reports)) {
		return found;
	}
	for (const report of reports.slice(0, 100)) {
		const name = fieldOf(report, "name");
		const sha256 = fieldOf(report, "sha256");
		if (
			typeof name !== "string" ||
			typeof sha256 !== "string" ||
			!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(name) ||
			!/^[0-9a-f]{64}$/.test(sha256)
		) {
			continue;
		}
		const now = await hash(reportKey(sha256, name));
		if (now) found.set(name, now);
	}
	return found;
}

function fieldOf(value: unknown, name: string): unknown {
	return typeof value === "object" &&
		value !== null &&
		Object.hasOwn(value, name)
		? (value as Readonly<Record<string, unknown>>)[name]
		: undefined;
}

async function inParallel<T, R>(
	list: readonly T[],
	work: (one: T) => Promise<R>,
): Promise<readonly R[]> {
	const results: R[] = new Array(list.length);
	let next = 0;
	const worker = async () => {
		for (let index = next++; index < list.length; index = next++) {
			const one = list[index];
			if (one !== undefined) results[index] = await work(one);
		}
	};
	await Promise.all(
		Array.from({ length: Math.min(atOnce, list.length) }, worker),
	);
	return results;
}
