import { examine, type Finding } from "./doctor.ts";
import { foreignVariables, laptopEnvironment } from "./environment.ts";
import { exportLines } from "./shell.ts";

const usage = `usage: rehearsal env [--json]      environment of the laptop cloud, for eval "$(...)"
       rehearsal doctor [--json]   what this machine has and what is missing
`;

/** Runs one verb; results on stdout, everything else on stderr. Answers the exit code: 0 passed, 1 failed, 2 usage. */
export async function runCli(argv: readonly string[]): Promise<number> {
	const [verb, ...flags] = argv;
	const json = flags.includes("--json");
	if (flags.some((flag) => flag !== "--json")) return refuse();
	if (verb === "env") return printEnvironment(json);
	if (verb === "doctor") return printFindings(await examine(), json);
	return refuse();
}

async function printEnvironment(json: boolean): Promise<number> {
	const environment = await laptopEnvironment(report);
	if (json) {
		process.stdout.write(`${JSON.stringify(environment, null, "\t")}\n`);
		return 0;
	}
	const foreign = foreignVariables.filter(
		(name) => process.env[name] !== undefined,
	);
	if (foreign.length > 0) process.stdout.write(`unset ${foreign.join(" ")}\n`);
	process.stdout.write(exportLines(environment));
	return 0;
}

function printFindings(findings: readonly Finding[], json: boolean): number {
	const failures = findings.filter(({ outcome }) => outcome === "failed");
	const outcome = failures.length === 0 ? "passed" : "failed";
	if (json)
		process.stdout.write(
			`${JSON.stringify({ outcome, checks: findings }, null, "\t")}\n`,
		);
	else
		for (const { name, outcome, found, fix } of findings) {
			const mark = { passed: "ok", failed: "MISSING", note: "note" }[outcome];
			report(`${mark.padEnd(8)}${name.padEnd(25)}${found}`);
			if (fix !== undefined) report(`${"".padEnd(33)}→ ${fix}`);
		}
	report(
		failures.length === 0
			? "ready: npm start"
			: `${failures.length} missing: npm start installs what it can`,
	);
	return failures.length === 0 ? 0 : 1;
}

function refuse(): number {
	process.stderr.write(usage);
	return 2;
}

const report = (line: string): void => {
	process.stderr.write(`${line}\n`);
};
