import type { Talk } from "../console.ts";
import type { Result } from "../outcome.ts";

/** Phases of a migration, in the order in which help shows them. */
export const phases = [
	"Take stock:",
	"Prepare the target:",
	"Move the data:",
	"Prove it:",
	"Keep it safe:",
	"Decide:",
	"Cut over:",
	"Run on AWS:",
	"On the laptop:",
] as const;

/** One option: on the command line, by environment, or by its default. */
export interface OptionSpec {
	/** For example `--batch-rows <number>`, or `--yes` for a switch. */
	readonly flags: string;
	/** The variable that says the same. Default: none, for what must be said anew each time. */
	readonly env?: string;
	readonly text: string;
}

/** What a verb gets from the outside besides its options. */
export interface World {
	readonly talk: Talk;
	/** Aborted when the process is asked to stop. */
	readonly signal: AbortSignal;
}

/** One verb of the command line. */
export interface Verb {
	/** One word, or two for a verb of a group: `schema apply`. */
	readonly name: string;
	readonly phase: (typeof phases)[number];
	readonly summary: string;
	readonly options: readonly OptionSpec[];
	/** Option that may also be given without its flag: `cutover attest support-team-ready`. */
	readonly argument?: string;
	/** What help says besides the options, one line each. */
	readonly notes?: readonly string[];
	readonly examples: readonly string[];
	/** The result is one JSON line also without `--json`. Default: false. */
	readonly alwaysJson?: boolean;
	/** Whether results appear on the status page. Default: true; not for what says nothing about a migration. */
	readonly isRecorded?: boolean;
	/** Name that a result is recorded under. Default: the verb's own. */
	recordedAs?(options: Readonly<Record<string, unknown>>): string;
	/** Options as given, all of them text; what they need is loaded only now, so that help is quick. */
	run(
		options: Readonly<Record<string, unknown>>,
		world: World,
	): Promise<Result>;
}

/** Options that several verbs share. */
export const sourceOption: OptionSpec = {
	flags: "--source <url>",
	env: "SOURCE_DATABASE_URL",
	text: "database to move away from; only read, never written",
};

export const targetOption: OptionSpec = {
	flags: "--target <url>",
	env: "TARGET_DATABASE_URL",
	text: "database to move to; parts left out of the URL come from PGHOST, PGUSER, ...",
};

export const conversionOptions: readonly OptionSpec[] = [
	sourceOption,
	targetOption,
	{
		flags: "--workers <number>",
		env: "CUTOVER_WORKERS",
		text: "ranges copied at the same time (default: 2)",
	},
	{
		flags: "--batch-rows <number>",
		env: "CUTOVER_BATCH_ROWS",
		text: "rows per transaction (default: 25000)",
	},
	{
		flags: "--duplicates <rule>",
		env: "CUTOVER_DUPLICATES",
		text: "accounts with the same e-mail: keep-last-signed-in or quarantine-all (default: keep-last-signed-in)",
	},
	{
		flags: "--time-zone <zone>",
		env: "CUTOVER_TIME_ZONE",
		text: "zone in which legacy times are read (default: UTC)",
	},
	{
		flags: "--namespace <uuid>",
		env: "CUTOVER_NAMESPACE",
		text: "namespace of the users' UUIDs; never change it once users are loaded",
	},
	{
		flags: "--files-source <folder>",
		env: "FILES_SOURCE",
		text: "folder of the uploaded files",
	},
	{
		flags: "--files-target <place>",
		env: "FILES_TARGET",
		text: "folder or s3://bucket/prefix that the files are copied to",
	},
	{
		flags: "--mapping <file>",
		env: "CUTOVER_MAPPING",
		text: "YAML or JSON file that says what goes where (default: Trusted Login's tables)",
	},
];

export const reportOption: OptionSpec = {
	flags: "--report-dir <place>",
	env: "CUTOVER_REPORT_DIR",
	text: "folder or s3://bucket/prefix for the report (default: reports)",
};

/** Of a verb that writes no report of its own: where its result is kept for the status page. */
const recordOption: OptionSpec = {
	flags: "--report-dir <folder>",
	env: "CUTOVER_REPORT_DIR",
	text: "folder whose status page shows the result (default: none, nothing is recorded)",
};

const hasReport = (verb: Verb): boolean =>
	verb.options.some(({ flags }) => flags.startsWith("--report-dir "));

/** The options that a verb takes on the command line. */
export function optionsOf(verb: Verb): readonly OptionSpec[] {
	return verb.isRecorded === false || hasReport(verb)
		? verb.options
		: [...verb.options, recordOption];
}

/** The folder that a run is recorded in: the named one, or the default of a verb that writes a report; else none. */
export function recordedIn(
	verb: Verb,
	options: Readonly<Record<string, unknown>>,
): string | undefined {
	if (verb.isRecorded === false) return undefined;
	const { reportDir } = options;
	if (typeof reportDir === "string") return reportDir;
	return hasReport(verb) ? "reports" : undefined;
}
