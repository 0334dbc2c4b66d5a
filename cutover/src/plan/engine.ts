import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadStackFile, type StackSettings } from "@trusted-login/settings";
import { z } from "zod";
import { type PulumiEnd, runPulumiCli } from "../adapters/pulumi.ts";
import type { Talk } from "../console.ts";
import { NotAvailableError, RefusedError, UsageError } from "../errors.ts";
import { askRehearsal } from "../laptop/rehearsal.ts";
import { type Preview, parsePreview } from "./preview.ts";
import type { PlanSettings, UpSettings } from "./settings.ts";

/** What nothing behind the engine needs to know: who signs is a person, not an update. */
const ourSecrets = ["CUTOVER_SIGNING_KEY", "CUTOVER_SIGNING_KEY_FILE"];
/** Variables that would send an engine of the laptop cloud elsewhere. */
const foreign = [
	"AWS_PROFILE",
	"AWS_DEFAULT_PROFILE",
	"AWS_SESSION_TOKEN",
	"AWS_DEFAULT_REGION",
	"PULUMI_ACCESS_TOKEN",
	"PULUMI_CONFIG_PASSPHRASE",
	"PULUMI_STACK",
];
const previewGraceMs = 20_000;
const updateGraceMs = 10 * 60_000;

/** The engine, for one stack. */
export interface Engine {
	readonly settings: StackSettings;
	preview(): Promise<Preview>;
	previewDestroy(): Promise<Preview>;
	update(options: ChangeOptions): Promise<PulumiEnd>;
	destroy(options: ChangeOptions): Promise<PulumiEnd>;
}

export interface ChangeOptions {
	readonly minutes: UpSettings["updateMinutes"];
	/** Added to the environment, so that every further lock judges the same case. */
	readonly env: Readonly<Record<string, string>>;
}

/** What a plan gets from the outside besides its settings. */
export interface World {
	readonly talk: Talk;
	readonly signal: AbortSignal;
}

/**
 * Finds the engine for a stack: the laptop cloud's for one that lives there, else `pulumi` on PATH.
 * @throws SettingsError when the stack file is none; UsageError without a policy pack.
 */
export async function openEngine(
	settings: PlanSettings,
	{ talk, signal }: World,
): Promise<Engine> {
	const { stack, program } = settings;
	const stackSettings = loadStackFile(join(program, `Pulumi.${stack}.yaml`));
	const env = await engineEnvironment(stackSettings, signal);
	const pack = packArguments(settings);
	const common = ["--stack", stack, "--non-interactive", "--color", "never"];
	const ask = async (what: string, args: readonly string[]) => {
		const ticking = ticker(talk, `${what} of ${stack}`);
		const end = await runPulumiCli({
			args: [...args, ...common],
			cwd: program,
			env,
			signal,
			timeoutMs: settings.previewMinutes * 60_000,
			graceMs: previewGraceMs,
		}).finally(ticking.end);
		signal.throwIfAborted();
		return readPreview(what, end, stack);
	};
	const change = async (
		args: readonly string[],
		{ minutes, env: more }: ChangeOptions,
	) => {
		const end = await runPulumiCli({
			args: [...args, "--yes", "--skip-preview", ...common],
			cwd: program,
			env: { ...env, ...more },
			signal,
			timeoutMs: minutes * 60_000,
			graceMs: updateGraceMs,
			takesLock: true,
			onLine: (line) => talk.say(line),
		});
		return end;
	};
	return {
		settings: stackSettings,
		preview: async () =>
			await ask("preview", [...["preview", "--json", "--show-sames"], ...pack]),
		previewDestroy: async () =>
			await ask("preview of the destruction", [
				"destroy",
				"--preview-only",
				"--json",
			]),
		update: async (options) => await change(["up", ...pack], options),
		destroy: async (options) => await change(["destroy"], options),
	};
}

async function engineEnvironment(
	{ cloud }: StackSettings,
	signal: AbortSignal,
): Promise<Record<string, string>> {
	const inherited = Object.fromEntries(
		Object.entries(process.env).filter(
			(entry): entry is [string, string] =>
				entry[1] !== undefined && !ourSecrets.includes(entry[0]),
		),
	);
	// A shell after `eval "$(npx cutover env)"` has it in front already.
	if (cloud !== "laptop" || inherited.TRUSTED_LOGIN_CLOUD === "laptop") {
		return inherited;
	}
	const { outcome, text } = await askRehearsal("env", signal, ["--json"]);
	if (outcome !== "passed") {
		throw new NotAvailableError(
			"the laptop cloud gave no engine; run cutover doctor",
		);
	}
	const laptop = z.record(z.string(), z.string()).parse(JSON.parse(text ?? ""));
	for (const name of foreign) delete inherited[name];
	return { ...inherited, ...laptop };
}

/** The pack belongs to the plan as well: what it sets right is part of what happens. */
function packArguments({
	program,
	policyPack,
	policyPackConfig,
}: PlanSettings): readonly string[] {
	const pack = resolve(policyPack ?? join(program, "policies"));
	if (!existsSync(join(pack, "PulumiPolicy.yaml"))) {
		throw new UsageError(`expected a policy pack in ${pack}, got none`, [
			{ option: "--policy-pack", text: `expected a policy pack, got ${pack}` },
		]);
	}
	return [
		"--policy-pack",
		pack,
		...(policyPackConfig === undefined
			? []
			: ["--policy-pack-config", resolve(policyPackConfig)]),
	];
}

function readPreview(what: string, end: PulumiEnd, stack: string): Preview {
	if (end.exitCode === 0 && !end.isStopped) return parsePreview(end.stdout);
	const errors = errorsOf(end.stdout);
	const said = [...errors, ...end.lines].filter((line) => line.trim() !== "");
	throw new RefusedError(
		`the ${what} of ${stack} ended with ${end.how}: ${said.slice(0, 10).join("; ") || "it said nothing"}; nothing was changed${lockHint(said, stack)}`,
	);
}

function errorsOf(stdout: string): readonly string[] {
	try {
		return parsePreview(stdout).errors;
	} catch {
		// It failed before it had a plan; its standard error says why.
		return stdout.trim() === "" ? [] : [stdout.trim().slice(0, 500)];
	}
}

/** What to do about a lock that a killed engine left; empty when it is about something else. */
export function lockHint(lines: readonly string[], stack: string): string {
	return /currently locked by|already in progress|\[409\] Conflict/i.test(
		lines.join("\n"),
	)
		? `. The stack is locked: another update runs, or one was killed. If the process that is named still runs, wait for it. If it does not, run: pulumi cancel --stack ${stack}, then pulumi refresh --stack ${stack} to settle what was in flight, then this again`
		: "";
}

function ticker(talk: Talk, what: string): { end(): void } {
	const started = Date.now();
	const tick = () =>
		talk.progress(`${what}: ${Math.round((Date.now() - started) / 1000)} s`);
	tick();
	const timer = setInterval(tick, 1_000);
	return {
		end() {
			clearInterval(timer);
			talk.endProgress();
		},
	};
}
