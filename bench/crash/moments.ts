import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { openClient } from "../../rehearsal/engine/client.ts";
import type { Phase } from "./phases.ts";
import { type Running, startProgram } from "./program.ts";
import type { Stage, Target } from "./stage.ts";

/** Whether a phase has begun, and whether it is over; asked again and again while the program runs. */
export interface Watch {
	hasBegun(): Promise<boolean>;
	isOver(): Promise<boolean>;
	close(): Promise<void>;
}

const firstSession =
	"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'cutover%') AS yes";

/** Opens sessions of its own, as quick to answer as can be. */
export async function watchPhase(
	stage: Stage,
	target: Target,
	phase: Phase,
): Promise<Watch> {
	const onTarget = await openClient(target.server.url(target.name));
	const onSource = await openClient(stage.source.url("postgres"));
	const ask = async (client: pg.Client, sql: string) => {
		// A server that was just restarted answers nobody: whatever was asked is not so.
		const { rows } = await client
			.query<{ yes: boolean }>(sql)
			.catch(() => ({ rows: [] }));
		return rows[0]?.yes === true;
	};
	return {
		hasBegun: () =>
			phase.begins === undefined
				? ask(onSource, firstSession)
				: ask(onTarget, phase.begins),
		isOver: async () =>
			phase.ends !== undefined && (await ask(onTarget, phase.ends)),
		async close() {
			await Promise.all(
				[onTarget, onSource].map((one) => one.end().catch(() => undefined)),
			);
		},
	};
}

/** Waits until the phase has begun and then so long; answers whether it is still under way at that moment. */
export async function waitForMoment(
	running: Running,
	watch: Watch,
	afterMs: number,
): Promise<boolean> {
	while (!(await watch.hasBegun())) {
		if (!running.isRunning()) return false;
		await sleep(1);
	}
	await Promise.race([sleep(afterMs), running.ended]);
	return running.isRunning() && !(await watch.isOver());
}

/** How long the phase takes when nobody disturbs it, in milliseconds. */
export async function measurePhase(
	stage: Stage,
	phase: Phase,
): Promise<number> {
	if (phase.endlessMs !== undefined) return phase.endlessMs;
	const target = await stage.newTarget(phase.from);
	for (const argv of phase.prepare ?? []) {
		await startProgram(stage.program, argv, stage.environment(target)).ended;
	}
	if (phase.writes !== "never") await stage.write(50);
	const watch = await watchPhase(stage, target, phase);
	try {
		const running = startProgram(
			stage.program,
			phase.argv,
			stage.environment(target),
		);
		await waitForMoment(running, watch, 0);
		const startedAt = performance.now();
		while (running.isRunning() && !(await watch.isOver())) await sleep(1);
		const tookMs = performance.now() - startedAt;
		const ended = await running.ended;
		if (ended.exitCode !== 0) {
			throw new Error(
				`undisturbed, ${phase.argv.join(" ")} ended with exit code ${ended.exitCode}:\n${ended.said}`,
			);
		}
		for (const argv of phase.tidy) {
			await startProgram(stage.program, argv, stage.environment(target)).ended;
		}
		return tookMs;
	} finally {
		await watch.close();
		await stage.dropTarget(target);
	}
}
