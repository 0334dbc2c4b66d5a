/** The runtime options of Pulumi.yaml and PulumiPolicy.yaml, as the engine hands them over. */
export type RuntimeOptions = Readonly<Record<string, unknown>>;

/** `--import tsx --conditions "a b"` → ["--import", "tsx", "--conditions", "a b"], quoted as in a shell. */
export function splitArguments(text: string): string[] {
	const words: string[] = [];
	let word: string | undefined;
	let quote = "";
	for (let index = 0; index < text.length; index++) {
		const char = text.charAt(index);
		if (char === "\\" && quote !== "'" && index + 1 < text.length) {
			word = (word ?? "") + text.charAt(++index);
		} else if (quote !== "" ? char === quote : /["']/.test(char)) {
			quote = quote === "" ? char : "";
			word ??= "";
		} else if (quote === "" && /\s/.test(char)) {
			if (word !== undefined) words.push(word);
			word = undefined;
		} else word = (word ?? "") + char;
	}
	if (quote !== "")
		throw new Error(`nodeargs has no closing ${quote}: ${text}`);
	if (word !== undefined) words.push(word);
	return words;
}

/** Arguments for Node itself, from the option `nodeargs`. */
export function nodeArguments(options: RuntimeOptions): string[] {
	const { nodeargs } = options;
	if (nodeargs === undefined || nodeargs === null) return [];
	if (typeof nodeargs === "string") return splitArguments(nodeargs);
	throw new Error(
		`runtime option nodeargs: expected a string, got ${JSON.stringify(nodeargs)}`,
	);
}

/** Whether the SDK is to load ts-node, which is its default. */
export const loadsTypeScript = (options: RuntimeOptions): boolean =>
	options.typescript !== false && options.typescript !== "false";

/** `typescript: false` keeps the SDK from loading ts-node; anything else is its default, on. */
export function typescriptEnvironment(
	options: RuntimeOptions,
): Record<string, string> {
	const { tsconfig } = options;
	return {
		PULUMI_NODEJS_TYPESCRIPT: String(loadsTypeScript(options)),
		...(typeof tsconfig === "string"
			? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }
			: {}),
	};
}

/** What the engine's Run request says about one program. */
export interface ProgramRun {
	monitor: string;
	engine: string;
	project: string;
	stack: string;
	organization: string;
	pwd: string;
	rootDirectory: string;
	entryPoint: string;
	dryRun: boolean;
	parallel: number;
	args: readonly string[];
}

/** Arguments of `@pulumi/pulumi/cmd/run`. */
export function programArguments(run: ProgramRun): string[] {
	return [
		`--monitor=${run.monitor}`,
		`--engine=${run.engine}`,
		`--project=${run.project}`,
		`--stack=${run.stack}`,
		`--organization=${run.organization}`,
		`--root-directory=${run.rootDirectory}`,
		`--pwd=${run.pwd}`,
		...(run.dryRun ? ["--dry-run"] : []),
		`--parallel=${run.parallel}`,
		run.entryPoint,
		...run.args,
	];
}
