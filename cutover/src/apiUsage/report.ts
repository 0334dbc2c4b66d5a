import { count } from "../convert/progress.ts";
import type { Result } from "../outcome.ts";
import { renderMarkdown } from "../render.ts";
import { type KeptReport, keepFiles } from "../reports/keep.ts";
import type { Reading } from "./run.ts";
import type { UsageSettings } from "./settings.ts";
import type { Calls, Tally } from "./tally.ts";

/** Writes `api-usage.md` and `api-usage.json`. */
export async function writeUsage(
	settings: UsageSettings,
	result: Pick<Result, "outcome" | "checks">,
	tally: Tally,
	reading: Reading,
): Promise<KeptReport> {
	const at = new Date().toISOString();
	const usage = describeUsage(settings, tally, reading);
	const title = `Use of ${settings.oldPrefix}`;
	return await keepFiles(settings.reportDir, [
		{
			name: "api-usage.md",
			content: `${renderMarkdown(title, result, at)}${renderUsage(usage)}`,
		},
		{
			name: "api-usage.json",
			content: `${JSON.stringify({ at, ...result, ...usage }, undefined, 2)}\n`,
		},
	]);
}

export type Usage = ReturnType<typeof describeUsage>;

/** The tally as plain values, the most called first. */
export function describeUsage(
	{ oldPrefix, newPrefix }: UsageSettings,
	tally: Tally,
	{ files, bytes, lines, malformed }: Reading,
) {
	const all = tally.old.count + tally.new.count;
	return {
		oldPrefix,
		newPrefix,
		calls: {
			old: tally.old.count,
			new: tally.new.count,
			oldShare: all === 0 ? null : tally.old.count / all,
			other: tally.other,
			ignored: tally.ignored,
			outside: tally.outside,
		},
		endpoints: ranked(tally.endpoints).map(([endpoint, calls]) => ({
			endpoint,
			...times(calls),
		})),
		clients: ranked(tally.clients).map(([userAgent, calls]) => ({
			userAgent,
			networks: [...calls.networks].sort(),
			...times(calls),
		})),
		days: [...tally.days]
			.sort(([a], [b]) => a.localeCompare(b))
			.map(([day, calls]) => ({ day, ...calls })),
		read: { files, bytes, lines, malformed },
	};
}

/** Days that the Markdown shows; the JSON has all. */
const daysShown = 60;

function renderUsage(usage: Usage): string {
	const { oldPrefix, newPrefix, calls } = usage;
	const share =
		calls.oldShare === null ? "–" : `${(calls.oldShare * 100).toFixed(1)} %`;
	return [
		`${oldPrefix}: ${count(calls.old)} calls (${share} of both versions), ${newPrefix}: ${count(calls.new)}; other paths: ${count(calls.other)}, ignored: ${count(calls.ignored)}, outside of the asked-for time: ${count(calls.outside)}.`,
		"## By endpoint",
		table(
			["endpoint", "calls", "first", "last"],
			usage.endpoints.map((one) => [
				`\`${one.endpoint}\``,
				count(one.count),
				one.first,
				one.last,
			]),
		),
		"## By client",
		table(
			["user agent", "networks", "calls", "first", "last"],
			usage.clients.map((one) => [
				one.userAgent,
				one.networks.join(", "),
				count(one.count),
				one.first,
				one.last,
			]),
		),
		"## By day",
		table(
			["day", oldPrefix, newPrefix, "share"],
			usage.days
				.slice(-daysShown)
				.map((one) => [
					one.day,
					count(one.old),
					count(one.new),
					`${((100 * one.old) / Math.max(one.old + one.new, 1)).toFixed(1)} %`,
				]),
		),
		"",
	].join("\n\n");
}

function table(
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string {
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`;
	return rows.length === 0
		? "None."
		: [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join(
				"\n",
			);
}

function ranked<T extends Calls>(map: ReadonlyMap<string, T>) {
	return [...map].sort(([, a], [, b]) => b.count - a.count);
}

function times({ count: calls, first, last, sinceDate }: Calls) {
	return {
		count: calls,
		first: new Date(first).toISOString(),
		last: new Date(last).toISOString(),
		sinceDate,
	};
}
