import { longName, takesValue } from "./environment.ts";
import { type OptionSpec, phases, type Verb } from "./verb.ts";

/** What is read from the environment and can stand on no command line, where everybody would see it. */
const secretVariables: readonly (readonly [name: string, text: string])[] = [
	["BACKUP_IDENTITY", "private key that opens backups"],
	[
		"CUTOVER_CANARIES",
		'canary accounts, `[{"email", "password"}]`; as a file with --canaries-file',
	],
	["PGPASSWORD", "password of database URLs that have none"],
];

/** Every verb and every setting as Markdown, made from the verbs themselves. */
export function commandReference(verbs: readonly Verb[]): string {
	const groups = phases.flatMap((phase) => {
		const found = verbs.filter((verb) => verb.phase === phase);
		return found.length === 0
			? []
			: [`## ${phase.replace(/:$/, "")}`, ...found.map(verbText)];
	});
	return `${[
		"# Commands",
		"Made from the verbs by `npm run docs:commands`; `npm run check` fails when it is not current.",
		"Every option can be given by environment as well, so that a verb runs the same on a workstation, as an ECS task and as a Kubernetes Job. The command line wins over the environment; an empty variable is none; a switch is `true` or `false`. What destroys is said anew each time: it has no variable.",
		"All verbs take `--json` (`CUTOVER_JSON`): one line of JSON on standard output. Exit codes: 0 passed, 1 failed, 2 usage, 3 inconclusive or not run.",
		...groups,
		"## Environment",
		environmentTable(verbs),
	].join("\n\n")}\n`;
}

function verbText(verb: Verb): string {
	const options =
		verb.options.length === 0
			? []
			: [
					[
						"| option | variable | |",
						"|---|---|---|",
						...verb.options.map(optionRow),
					].join("\n"),
				];
	return [
		`### cutover ${verb.name}`,
		`${verb.summary[0]?.toUpperCase()}${verb.summary.slice(1)}.`,
		...(verb.notes ?? []),
		...options,
		`\`\`\`sh\n${verb.examples.join("\n")}\n\`\`\``,
	].join("\n\n");
}

function optionRow({ flags, env, text }: OptionSpec): string {
	const variable = env === undefined ? "" : `\`${env}\``;
	return `| \`${flags}\` | ${variable} | ${cell(text)} |`;
}

function environmentTable(verbs: readonly Verb[]): string {
	const users = new Map<string, { option: string; verbs: string[] }>();
	for (const verb of verbs) {
		for (const spec of verb.options) {
			if (spec.env === undefined) continue;
			const option = `${longName(spec)}${takesValue(spec) ? "" : " (switch)"}`;
			const known = users.get(spec.env) ?? { option, verbs: [] };
			known.verbs.push(verb.name);
			users.set(spec.env, known);
		}
	}
	const rows = [...users].map(
		([name, { option, verbs }]) =>
			[name, `| \`${name}\` | \`${option}\` | ${verbs.join(", ")} |`] as const,
	);
	const secrets = secretVariables.map(
		([name, text]) => [name, `| \`${name}\` | | ${cell(text)} |`] as const,
	);
	return [
		"| variable | option | of |",
		"|---|---|---|",
		...[...rows, ...secrets]
			.sort(([one], [other]) => (one < other ? -1 : 1))
			.map(([, row]) => row),
	].join("\n");
}

function cell(text: string): string {
	return text.replaceAll("|", "\\|");
}
