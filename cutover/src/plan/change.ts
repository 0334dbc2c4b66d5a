import type { PulumiEnd } from "../adapters/pulumi.ts";
import type { Confirm } from "../confirm.ts";
import type { Check, Outcome, Result } from "../outcome.ts";
import { type Admission, gateOf, type Judge, openJudge } from "./admit.ts";
import { type Engine, lockHint, openEngine, type World } from "./engine.ts";
import { keepPlan, lookAt, type Plan } from "./look.ts";
import { countsText } from "./operations.ts";
import type { DestroySettings, UpSettings } from "./settings.ts";

/** How an update and a destruction differ. */
interface Change {
	readonly kind: "update" | "destroy";
	/** The verb that does it. */
	readonly verb: "up" | "destroy";
	/** "the update of prod" */
	readonly what: string;
	/** Further problems that a plan has. */
	problems(plan: Plan): readonly string[];
	run(engine: Engine, judge: Judge, hash: string): Promise<PulumiEnd>;
}

/** Previews again, judges, and only then updates. */
export async function runUp(
	settings: UpSettings,
	world: World,
	confirm: Confirm,
): Promise<Result> {
	return await carryOut(settings, world, confirm, {
		kind: "update",
		verb: "up",
		what: `the update of ${settings.stack}`,
		problems: () => [],
		run: async (engine, judge, hash) =>
			await engine.update({
				minutes: settings.updateMinutes,
				env: judge.environment(hash),
			}),
	});
}

/** Takes a stack away, where everything says that it may go. */
export async function runDestroy(
	settings: DestroySettings,
	world: World,
	confirm: Confirm,
): Promise<Result> {
	const { stack, withData } = settings;
	return await carryOut(settings, world, confirm, {
		kind: "destroy",
		verb: "destroy",
		what: `the destruction of ${stack}`,
		problems({ destruction: { destructive } }) {
			const guarded = destructive.filter(({ isProtected }) => isProtected);
			return [
				...(destructive.length === 0 || withData
					? []
					: [
							`data: ${destructive.length} resources with data would go (${destructive.map(({ name }) => name).join(", ")}); say --with-data if that is meant`,
						]),
				...guarded.map(
					({ urn }) =>
						`protect: ${urn} is protected; take its protection away in the stack file, and cutover up, first`,
				),
			];
		},
		run: async (engine, judge, hash) =>
			await engine.destroy({
				minutes: settings.updateMinutes,
				env: judge.environment(hash),
			}),
	});
}

async function carryOut(
	settings: UpSettings,
	world: World,
	confirm: Confirm,
	change: Change,
): Promise<Result> {
	const { stack, dryRun } = settings;
	const started = performance.now();
	const engine = await openEngine(settings, world);
	// Before minutes are spent on a preview.
	gateOf(settings, engine.settings);
	const preview =
		change.kind === "update"
			? await engine.preview()
			: await engine.previewDestroy();
	const judge = await openJudge(settings, engine.settings);
	const previewSeconds = (performance.now() - started) / 1000;
	const plan = lookAt(change.kind, stack, preview, judge, previewSeconds);
	const admission = judge.admission(change.kind, plan.planHash);
	const moved = movedFrom(settings.planHash, plan.planHash);
	const problems = [
		...moved,
		...change.problems(plan),
		...plan.destruction.problems,
		...admission.problems,
	];
	const gate = gateCheck(admission, [...moved, ...change.problems(plan)]);
	const kept = await keepPlan(
		settings.reportDir,
		`${change.verb}-${stack}`,
		`${change.verb} of ${stack}`,
		plan,
		[gate],
	);
	const checks = [...plan.checks, gate, ...kept.checks];
	const facts = {
		...plan.facts,
		admitted: problems.length === 0,
		reason: admission.reason,
		problems,
		...(admission.decision && { decision: admission.decision }),
	};
	const glass = admission.emergencies.map((line) => `BREAK GLASS: ${line}`);
	for (const line of glass) world.talk.say(line);
	if (problems.length > 0) {
		return {
			outcome: "failed",
			checks,
			next: `Refused: ${change.what} did not begin and nothing was changed (${kept.text}); ${admission.reason}; missing: ${problems.slice(0, 10).join("; ")}${problems.length > 10 ? `; and ${problems.length - 10} more` : ""}`,
			facts,
		};
	}
	if (dryRun) {
		return {
			outcome: "passed",
			checks,
			next: `${change.what} may begin (${admission.reason}): ${countsText(plan.operations)}; this was a dry run, nothing was changed; next: cutover ${change.verb} --stack ${stack}`,
			facts,
		};
	}
	if (!settings.yes) {
		await confirm({
			what: `${change.what} will begin (${admission.reason}): ${countsText(plan.operations)}, ${plan.destruction.destructive.length} of them with data`,
			word: stack,
		});
	}
	world.signal.throwIfAborted();
	world.talk.say(`${change.what} begins: ${admission.reason}`);
	const end = await change.run(engine, judge, plan.planHash);
	return ended(
		change,
		stack,
		end,
		checks,
		facts,
		(performance.now() - started) / 1000,
	);
}

/** Whoever names a plan means no other one. */
function movedFrom(
	named: string | undefined,
	found: string,
): readonly string[] {
	return named === undefined || named === found
		? []
		: [
				`plan: expected ${named}, got ${found}: the program or the stack changed since; look at it with cutover plan and have it approved`,
			];
}

function gateCheck(
	{ problems, reason }: Admission,
	more: readonly string[],
): Check {
	const all = [...more, ...problems];
	return {
		name: "gate",
		outcome: all.length === 0 ? "passed" : "failed",
		expected:
			"GO for this very plan and an open window, or the rollback that a GO authorised",
		actual: reason,
		details: all.slice(0, 20),
		seconds: 0,
	};
}

function ended(
	{ verb, what }: Change,
	stack: string,
	end: PulumiEnd,
	before: readonly Check[],
	facts: Readonly<Record<string, unknown>>,
	seconds: number,
): Result {
	const isDone = end.exitCode === 0 && !end.isStopped;
	const outcome: Outcome = isDone ? "passed" : "failed";
	const checks = [
		...before,
		{
			name: verb,
			outcome,
			expected: "exit code 0",
			actual: end.how,
			details: isDone ? [] : end.lines.slice(-20),
			seconds,
		},
	];
	if (isDone) {
		const next = `Done: ${what}; next: ${verb === "up" ? `cutover plan --stack ${stack} shows nothing left to do` : `pulumi stack rm ${stack}, if it is not needed again`}`;
		return { outcome, checks, next, facts };
	}
	const state =
		end.exitCode === undefined
			? `pulumi was killed: it may have left its lock and operations in flight; when no pulumi runs any more: pulumi cancel --stack ${stack}, then pulumi refresh --stack ${stack}`
			: `what was done stays done, and its lock is given back${lockHint(end.lines, stack)}`;
	const next = `${what} ended early (${end.how}): ${state}; next: cutover ${verb === "up" ? "plan" : "destroy --dry-run"} --stack ${stack} shows what is left`;
	return { outcome, checks, next, facts };
}
