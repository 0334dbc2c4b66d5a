import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { type GateAnswer, readGate } from "@trusted-login/golive/read";
import { parseConfiguration, project } from "@trusted-login/settings";
import { configuredStack } from "./configuredStack.ts";
import type { Finding } from "./finding.ts";
import { reportAt, stackOf } from "./report.ts";
import { configSchemaOf, type Schema, settingsOf } from "./settings.ts";

/** A stack as its resources' URNs name it. */
export interface StackOfResource {
	readonly stack: string;
	readonly project: string;
}

/** Answers the gate of a stack, or nothing where there is none: another project's stack. */
export type StackGates = (
	stack: StackOfResource,
) => Promise<GateAnswer | undefined>;

/** A rule about the whole update, as a function of its settings and of what the gate found. */
export interface GateRule<Settings extends object> {
	readonly name: string;
	readonly description: string;
	readonly defaults: Settings;
	readonly schema: Readonly<Record<keyof Settings & string, Schema>>;
	readonly find: (found: GateAnswer, settings: Settings) => readonly Finding[];
}

/**
 * Makes a CrossGuard policy of a rule about the update. It judges the stack's own resource, which the engine registers before
 * every other: what it refuses has made nothing. A preview is only advised, or no plan would ever be written; an update is
 * refused, also where the rule is configured to advise. Only a stack that the pinned keys name as advisory gets advice.
 */
export function defineGateRule<Settings extends object>(
	{ name, description, defaults, schema, find }: GateRule<Settings>,
	gates: StackGates,
): ResourceValidationPolicy {
	return {
		name,
		description,
		enforcementLevel: "mandatory",
		configSchema: configSchemaOf(schema, defaults),
		validateResource: async (args, reportViolation) => {
			if (args.type !== "pulumi:pulumi:Stack") return;
			const settings = settingsOf(name, args, defaults);
			const found = await gates(stackOf(args.urn));
			if (found === undefined || found.isUnasked) return;
			const isAdvice = found.isAdvisory || configuredStack()?.isPreview;
			const level = isAdvice ? "advisory" : "mandatory";
			for (const finding of find(found, settings)) {
				reportAt(reportViolation, description, args, finding, level);
			}
		},
	};
}

const known = new Map<string, Promise<GateAnswer>>();

/** The gate of a stack of our project, read once for all rules of a preview or of an update. */
export const stackGate: StackGates = async (of) => {
	if (of.project !== project) return undefined;
	const key = `${of.stack} ${configuredStack()?.isPreview}`;
	const found = known.get(key) ?? readStackGate(of.stack);
	known.set(key, found);
	return await found;
};

async function readStackGate(stack: string): Promise<GateAnswer> {
	const environment = process.env;
	try {
		const { configuration = {}, isPreview = false } = configuredStack() ?? {};
		return await readGate({
			stack,
			settings: parseConfiguration(configuration, `Pulumi.${stack}.yaml`),
			root: programRoot(environment),
			environment,
			isPreview,
		});
	} catch (error) {
		return {
			stack,
			gate: "cutover",
			release: undefined,
			isAdvisory: false,
			isUnasked: false,
			problems: [error instanceof Error ? error.message : String(error)],
		};
	}
}

/**
 * The program's folder, which the engine does not tell a pack: as the runner says, else the one around a pack that is used from
 * its checkout, else the one that the shell is in.
 */
function programRoot(
	environment: Readonly<Record<string, string | undefined>>,
): string {
	const { CUTOVER_PROGRAM: named, PWD: shell = "." } = environment;
	if (named) return named;
	const around = dirname(process.cwd());
	const isProgram = (folder: string) => existsSync(join(folder, "golive.yaml"));
	const found = [around, shell].find(isProgram);
	if (found !== undefined) return found;
	throw new Error(
		`program: expected golive.yaml in ${around} or in ${shell}, got none; name the program's folder in CUTOVER_PROGRAM`,
	);
}
