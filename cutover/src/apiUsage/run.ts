import { openLogs } from "../adapters/logFiles.ts";
import type { Talk } from "../console.ts";
import { count } from "../convert/progress.ts";
import { reasonOf } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { withReport } from "../reports/keep.ts";
import { eachLine } from "./lines.ts";
import { writeUsage } from "./report.ts";
import { parseRequest } from "./requests.ts";
import type { UsageSettings } from "./settings.ts";
import { countRequest, newTally, type Tally } from "./tally.ts";

/** What was read. */
export interface Reading {
	files: number;
	bytes: number;
	lines: number;
	malformed: number;
	/** Where the first malformed lines are; what they say is not repeated. */
	readonly examples: string[];
	/** Files that could not be read to their end, and why. */
	readonly broken: string[];
}

const examplesShown = 5;
/** Above this share the rest cannot speak for the whole. */
const malformedLimit = 0.01;

/** Reads access logs once, line by line, and says who still calls the old version of the API. */
export async function apiUsage(
	settings: UsageSettings,
	talk: Talk,
	signal: AbortSignal,
): Promise<Result> {
	const startedAt = performance.now();
	const tally = newTally();
	const reading: Reading = {
		files: 0,
		bytes: 0,
		lines: 0,
		malformed: 0,
		examples: [],
		broken: [],
	};
	for (const place of settings.logs) {
		for await (const file of openLogs(place)) {
			signal.throwIfAborted();
			reading.files += 1;
			await readOne(file, { settings, tally, reading, talk, signal });
		}
	}
	talk.endProgress();
	const seconds = (performance.now() - startedAt) / 1000;
	const checks = [
		readCheck(reading, seconds),
		usedCheck(tally, settings),
	] as const;
	const outcome = combineOutcomes(checks);
	const report = await writeUsage(
		settings,
		{ outcome, checks },
		tally,
		reading,
	);
	const found: Result = {
		outcome,
		checks,
		next: nextText(outcome, tally, settings, report.text),
		facts: {
			calls: {
				old: tally.old.count,
				new: tally.new.count,
				other: tally.other,
				ignored: tally.ignored,
			},
			clients: tally.clients.size,
			malformedLines: reading.malformed,
			...(tally.old.count > 0 && { lastCall: iso(tally.old.last) }),
		},
	};
	return withReport(found, report);
}

interface Work {
	readonly settings: UsageSettings;
	readonly tally: Tally;
	readonly reading: Reading;
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

async function readOne(
	file: { readonly name: string; open(): Promise<AsyncIterable<Buffer>> },
	{ settings, tally, reading, talk, signal }: Work,
): Promise<void> {
	let number = 0;
	try {
		await eachLine(
			await file.open(),
			(line) => {
				number += 1;
				reading.lines += 1;
				const request = line === undefined ? undefined : parseRequest(line);
				if (request !== undefined) {
					countRequest(tally, request, settings);
					return;
				}
				// Web servers and load balancers may begin a file with a remark.
				if (line?.startsWith("#") === true) {
					reading.lines -= 1;
					return;
				}
				reading.malformed += 1;
				if (reading.examples.length < examplesShown) {
					reading.examples.push(`${file.name}, line ${number}`);
				}
			},
			(bytes) => {
				signal.throwIfAborted();
				reading.bytes += bytes;
				talk.progress(
					`${count(Math.round(reading.bytes / 1e6))} MB, ${count(reading.lines)} lines, ${count(tally.old.count)} calls of ${settings.oldPrefix}`,
				);
			},
		);
	} catch (error) {
		signal.throwIfAborted();
		reading.broken.push(`${file.name}: ${reasonOf(error)}`);
	}
}

function readCheck(reading: Reading, seconds: number): Check {
	const { files, lines, malformed, examples, broken } = reading;
	const isEnough =
		lines > malformed &&
		malformed <= lines * malformedLimit &&
		broken.length === 0;
	return {
		name: "access logs",
		outcome: isEnough ? "passed" : "inconclusive",
		expected: `requests in every file, at most ${malformedLimit * 100} % of the lines unreadable`,
		actual:
			files === 0
				? "no file there; turn the access logs on, or name their place with --logs"
				: `${many(lines, "line")} of ${many(files, "file")}, ${count(malformed)} malformed${broken.length === 0 ? "" : `, ${many(broken.length, "file")} broken off`}`,
		details: [
			...broken.slice(0, examplesShown),
			...examples.map((where) => `malformed: ${where}`),
		],
		seconds,
	};
}

function usedCheck(tally: Tally, settings: UsageSettings): Check {
	const { oldPrefix, newPrefix, date } = settings;
	const { old } = tally;
	const found =
		old.count === 0
			? `no call of ${oldPrefix}, ${count(tally.new.count)} of ${newPrefix}`
			: `${many(old.count, "call")} of ${oldPrefix} (${shareText(tally)} of both versions) by ${many(tally.clients.size, "client")}, the last ${iso(old.last)}`;
	const base = { name: `use of ${oldPrefix}`, actual: found, seconds: 0 };
	if (date === undefined) {
		return { ...base, outcome: "passed", expected: "calls are counted" };
	}
	const expected = `no call since ${iso(date)}`;
	if (old.sinceDate > 0) {
		return {
			...base,
			outcome: "failed",
			expected,
			actual: `${count(old.sinceDate)} since then; ${found}`,
			details: [...tally.clients]
				.filter(([, client]) => client.sinceDate > 0)
				.sort(([, a], [, b]) => b.sinceDate - a.sinceDate)
				.slice(0, 20)
				.map(
					([agent, client]) =>
						`${agent} (${[...client.networks].join(", ")}): ${count(client.sinceDate)}, last ${iso(client.last)}`,
				),
		};
	}
	// A log that ends before the day proves nothing about it.
	return tally.newest >= date
		? { ...base, outcome: "passed", expected }
		: {
				...base,
				outcome: "inconclusive",
				expected,
				actual: `the logs end ${tally.newest === 0 ? "before they begin" : `at ${iso(tally.newest)}`}, before that day; ${found}`,
			};
}

/** Share of the old version in all calls of both, for people. */
export function shareText(tally: Tally): string {
	const all = tally.old.count + tally.new.count;
	return all === 0 ? "0 %" : `${((100 * tally.old.count) / all).toFixed(1)} %`;
}

function nextText(
	outcome: Result["outcome"],
	tally: Tally,
	{ oldPrefix, date }: UsageSettings,
	report: string,
): string {
	if (outcome === "inconclusive") {
		return `The logs cannot say whether ${oldPrefix} is in use (${report}); next: give cutover api usage complete logs`;
	}
	if (tally.old.count === 0) {
		return `Nobody calls ${oldPrefix} (${report}); it can be switched off after its sunset date`;
	}
	return date !== undefined && outcome === "passed"
		? `Nobody has called ${oldPrefix} since that day (${report}); it can be switched off`
		: `${oldPrefix} is still called (${report}); next: tell the clients that the report names, then run cutover api usage again`;
}

const iso = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");

const many = (number: number, one: string) =>
	`${count(number)} ${one}${number === 1 ? "" : "s"}`;
