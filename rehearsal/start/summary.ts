import type { LedgerReport } from "../load/ledger.ts";
import type { LoadReport } from "../load/tally.ts";
import { promisesOf } from "./promises.ts";

/** What `npm start` found out; written to `summary.json` and shown at the end. */
export interface Summary {
	readonly rows: readonly RowCount[];
	readonly load: LoadReport | undefined;
	readonly ledger: LedgerReport | undefined;
	readonly signIns: { readonly tried: number; readonly worked: number };
	readonly urls: Readonly<Record<string, string>>;
	readonly seconds: number;
	/** Peak over the run, shared pages counted once; undefined where the system cannot tell. */
	readonly peakResidentBytes: number | undefined;
}

export interface RowCount {
	readonly table: string;
	readonly source: number;
	readonly migrated: number;
	readonly quarantined: number;
	/** Rows that the new system made itself. */
	readonly bornOnTarget: number;
}

/** What is wrong, in one line each; nothing when the run kept its promises. */
export function findProblems(summary: Summary): readonly string[] {
	return promisesOf(summary).flatMap(({ problem }) => problem ?? []);
}

/** The summary for a person, without a trailing newline. */
export function formatSummary(summary: Summary, statusPage?: string): string {
	const { rows, load, ledger, signIns, urls, peakResidentBytes } = summary;
	const problems = findProblems(summary);
	return [
		"",
		"  rows            source   migrated  quarantined",
		...rows.map(
			(row) =>
				`    ${row.table.padEnd(14)}${pad(row.source)}${pad(row.migrated, 11)}${pad(row.quarantined, 13)}${row.bornOnTarget ? `   + ${row.bornOnTarget} made on the new version` : ""}`,
		),
		...(load
			? loadLines(load)
			: ["  load            none: nothing moved in this run"]),
		...(ledger
			? [
					`  writes          ${ledger.lookedUp} acknowledged writes looked up, ${ledger.lost.length} lost`,
				]
			: []),
		`  sign-ins        ${signIns.worked} of ${signIns.tried} legacy users signed in to the new version with their old passwords`,
		...(peakResidentBytes === undefined
			? []
			: [
					`  memory          ${Math.round(peakResidentBytes / 1e6)} MB resident at most, all processes`,
				]),
		"",
		...Object.entries({
			...urls,
			...(statusPage === undefined ? {} : { "status page": statusPage }),
		}).map(([name, url]) => `  ${name.padEnd(15)} ${url}`),
		"",
		...(problems.length > 0
			? problems.map((problem) => `  ✘ ${problem}`)
			: ["  ✔ every promise kept"]),
		`  ${summary.seconds.toFixed(0)} s in all. Next: eval "$(npx cutover env)"; pulumi preview --stack dev   |   npm run down removes everything`,
	].join("\n");
}

function loadLines(load: LoadReport): readonly string[] {
	const releases = Object.entries(load.byRelease).map(
		([release, count]) => `${release}: ${count}`,
	);
	const { p50, p95, p99, max } = load.latencyMs;
	return [
		`  load            ${load.requests} requests, ${load.failed} failed (${(load.requests / Math.max(load.seconds, 1)).toFixed(0)}/s; ${load.newConnections} on connections of their own, ${load.slowUploads} slow uploads)`,
		`                  answered by ${releases.join(", ")}`,
		`                  p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, max ${max} ms`,
		`  cutover         writes refused for ${load.refusalWindowMs} ms (${load.refused} requests), reads never`,
	];
}

const pad = (value: number, width = 9) =>
	value.toLocaleString("en-US").padStart(width);
