/** The arrows between the rooms. Each rule says why in its comment. */
module.exports = {
	forbidden: [
		{
			name: "no-cycles",
			comment:
				"Two files that need each other are one file, or have a third one in common.",
			severity: "error",
			from: {},
			to: {
				circular: true,
				// Types are gone at run time: only a cycle of values can find a module half loaded.
				viaOnly: { dependencyTypesNot: ["type-only"] },
			},
		},
		{
			name: "resolvable",
			comment:
				"An import that leads nowhere fails at run time, on someone else's machine.",
			severity: "error",
			from: {},
			to: { couldNotResolve: true },
		},
		{
			name: "settings-stand-alone",
			comment: "Settings are read by programs without an engine.",
			severity: "error",
			from: { path: "^settings/" },
			to: {
				pathNot: ["^settings/", "^node_modules/(zod|yaml)/"],
				dependencyTypesNot: ["core"],
			},
		},
		{
			name: "golive-needs-only-settings",
			comment:
				"What GO means is decided without the engine, the clouds and the command line.",
			severity: "error",
			from: { path: "^golive/" },
			to: {
				path: "^(cutover|policies|components|rehearsal|test|bench)/|^(index|config)\\.ts$|^node_modules/(@pulumi|pg)/",
			},
		},
		{
			name: "golive-decides-purely",
			comment:
				"A decision depends on what it is given; only src/read/ touches disks, processes and buckets.",
			severity: "error",
			from: { path: "^golive/", pathNot: "^golive/src/read/" },
			to: {
				path: "^(node:)?(fs|fs/promises|child_process|net|http|https|os)$|^golive/src/read/|^node_modules/@aws-sdk/",
			},
		},
		{
			name: "components-belong-to-the-program",
			comment:
				"Components declare; whoever else needs their knowledge asks the settings.",
			severity: "error",
			from: { path: "^(settings|golive|policies|cutover|rehearsal)/" },
			to: { path: "^components/|^(index|config)\\.ts$" },
		},
		{
			name: "components-declare-only",
			comment:
				"Components know neither the configuration nor what is done beside them.",
			severity: "error",
			from: { path: "^components/" },
			to: {
				path: "^(golive|policies|cutover|rehearsal|test|bench)/|^(index|config)\\.ts$|^node_modules/(pg|@aws-sdk)/",
			},
		},
		{
			name: "policies-need-only-golive",
			comment:
				"A published pack ships its own folder and what is bundled with it.",
			severity: "error",
			from: { path: "^policies/" },
			to: {
				path: "^(components|cutover|rehearsal|test|bench)/|^(index|config)\\.ts$|^node_modules/@pulumi/(aws|command|kubernetes)/",
			},
		},
		{
			name: "cutover-without-pulumi",
			comment: "The command line runs where no engine is.",
			severity: "error",
			from: { path: "^cutover/" },
			to: { path: "^node_modules/@pulumi/" },
		},
		{
			name: "cutover-effects-in-adapters",
			comment:
				"Databases, processes, browsers and clouds are reached through one layer, which tests replace.",
			severity: "error",
			from: { path: "^cutover/", pathNot: "^cutover/(src/adapters|bin)/" },
			to: {
				path: "^node_modules/(pg|pg-copy-streams|playwright-core|axe-core|@aws-sdk/[^/]+)/|^(node:)?child_process$",
				dependencyTypesNot: ["type-only"],
			},
		},
		{
			name: "rehearsal-is-for-rehearsing",
			comment: "Stand-ins must not come near production.",
			severity: "error",
			from: { pathNot: "^(rehearsal|test|bench)/" },
			to: { path: "^rehearsal/" },
		},
		{
			name: "tests-are-for-testing",
			comment: "What runs in production is not proven by what it imports.",
			severity: "error",
			from: { pathNot: "^(test|bench)/" },
			to: { path: "^(test|bench)/" },
		},
		{
			name: "deep-imports-of-clouds",
			comment:
				"The whole of @pulumi/aws is 3058 files and 470 MB to the type-checker.",
			severity: "error",
			from: {},
			to: { path: "^node_modules/@pulumi/(aws|kubernetes|command)/index\\." },
		},
	],
	options: {
		doNotFollow: { path: "node_modules" },
		// Built, not written.
		exclude: { path: "^policies/dist/" },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: "tsconfig.json" },
		enhancedResolveOptions: {
			exportsFields: ["exports"],
			conditionNames: ["import", "require", "node", "default", "types"],
			extensions: [".ts", ".tsx", ".mjs", ".cjs", ".js", ".json", ".d.ts"],
		},
		skipAnalysisNotInRules: true,
	},
};
