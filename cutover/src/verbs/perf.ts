import { withCanaries } from "./validate.ts";
import { type OptionSpec, reportOption, type Verb } from "./verb.ts";

const measuringOptions: readonly OptionSpec[] = [
	reportOption,
	{
		flags: "--scenario <file>",
		env: "CUTOVER_PERF_SCENARIO",
		text: "YAML or JSON file of what is measured and what decides (default: Trusted Login's endpoints and queries)",
	},
	{
		flags: "--canaries-file <file>",
		env: "CUTOVER_CANARIES_FILE",
		text: 'accounts with known passwords, [{"email", "password"}], mode 0600; the first signs in; or the list itself in CUTOVER_CANARIES',
	},
	{
		flags: "--ca-file <file>",
		env: "CUTOVER_CA_FILE",
		text: "certificate authority of the application (PEM)",
	},
	{
		flags: "--connections <number>",
		env: "CUTOVER_PERF_CONNECTIONS",
		text: "connections that send at the same time (default: 1)",
	},
	{
		flags: "--warm-up-seconds <number>",
		env: "CUTOVER_PERF_WARM_UP_SECONDS",
		text: "time before anything is measured (default: 3)",
	},
	{
		flags: "--max-seconds <number>",
		env: "CUTOVER_PERF_MAX_SECONDS",
		text: "longest time for the rounds (default: 40)",
	},
	{
		flags: "--timeout-seconds <number>",
		env: "CUTOVER_PERF_TIMEOUT_SECONDS",
		text: "longest time for one answer (default: 10)",
	},
];

export const perfBaselineVerb: Verb = {
	name: "perf baseline",
	phase: "Prove it:",
	summary:
		"measure endpoints and queries of a running system, to compare with later",
	options: [
		{
			flags: "--base-url <url>",
			env: "CUTOVER_BASE_URL",
			text: "running system to measure",
		},
		{
			flags: "--database <url>",
			env: "DATABASE_URL",
			text: "its database, for queries and row counts; only read",
		},
		{
			flags: "--rounds <number>",
			env: "CUTOVER_PERF_ROUNDS",
			text: "rounds of every endpoint and query (default: 20)",
		},
		...measuringOptions,
	],
	notes: [
		"Writes performance_baseline.json, .md, the distribution as .svg and .png, and the raw samples (.ndjson) into the report folder.",
		"0 measured, 1 too many errors or no answer, 3 too few rounds to compare with",
	],
	examples: [
		"cutover perf baseline --base-url http://localhost:8007 --database postgresql://cutover@legacy/app",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { baselineSettingsSchema }, { takeBaseline }] =
			await Promise.all([
				import("./parse.ts"),
				import("../perf/settings.ts"),
				import("../perf/takeBaseline.ts"),
			]);
		const settings = parseSettings(
			baselineSettingsSchema,
			withCanaries(options),
		);
		const { withLocalFolder } = await import("../reports/localFolder.ts");
		return await withLocalFolder(settings.reportDir, (reportDir) =>
			takeBaseline({ ...settings, reportDir }, talk, signal),
		);
	},
};

export const perfCompareVerb: Verb = {
	name: "perf compare",
	phase: "Prove it:",
	summary:
		"compare the performance before and after: within the threshold, worse, or undecided",
	options: [
		{
			flags: "--before <file>",
			env: "CUTOVER_PERF_BEFORE",
			text: "performance_baseline.json of the system before",
		},
		{
			flags: "--after <file>",
			env: "CUTOVER_PERF_AFTER",
			text: "the same of the system after",
		},
		{
			flags: "--before-url <url>",
			env: "CUTOVER_PERF_BEFORE_URL",
			text: "running system before; with --after-url both are measured in turn, the sharper way",
		},
		{
			flags: "--after-url <url>",
			env: "CUTOVER_PERF_AFTER_URL",
			text: "running system after",
		},
		{
			flags: "--before-database <url>",
			env: "CUTOVER_PERF_BEFORE_DATABASE",
			text: "database before, for queries and row counts; only read",
		},
		{
			flags: "--after-database <url>",
			env: "CUTOVER_PERF_AFTER_DATABASE",
			text: "database after; only read",
		},
		...measuringOptions,
	],
	notes: [
		"Writes perf_compare.md and .json, two pictures as .svg and .png, and the raw samples (.ndjson) into the report folder.",
		"0 surely within the threshold, 1 surely worse, 3 undecided: measured differently, too little, or the interval lies across the threshold",
	],
	examples: [
		"cutover perf compare --before-url http://localhost:8007 --after-url https://api.trusted-login.com",
		"cutover perf compare --before reports/performance_baseline.json --after-url https://api.trusted-login.com",
	],
	async run(options, { talk, signal }) {
		const [
			{ parseSettings },
			{ compareSettingsSchema },
			{ comparePerformance },
		] = await Promise.all([
			import("./parse.ts"),
			import("../perf/settings.ts"),
			import("../perf/compare.ts"),
		]);
		const settings = parseSettings(
			compareSettingsSchema,
			withCanaries(options),
		);
		const { withLocalFolder } = await import("../reports/localFolder.ts");
		return await withLocalFolder(settings.reportDir, (reportDir) =>
			comparePerformance({ ...settings, reportDir }, talk, signal),
		);
	},
};
