import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../rehearsal/seed/random.ts";
import {
	startTargetLoad,
	startWriteLoad,
	type WriteLoad,
} from "../../test/integration/writeLoad.ts";
import {
	type Content,
	comparable,
	compareCarriedBack,
	compareWithReference,
	type Difference,
	differenceOf,
} from "./compare.ts";
import type { Disturbance } from "./disturbances.ts";
import {
	brokenInvariants,
	leftovers,
	slotsOf,
	wastedRows,
} from "./invariants.ts";
import { waitForMoment, watchPhase } from "./moments.ts";
import type { Phase } from "./phases.ts";
import { type Ended, type Running, runToEnd, startProgram } from "./program.ts";
import { compareRestored } from "./restored.ts";
import type { Stage, Target } from "./stage.ts";

/** One blow, and what came of it. */
export interface Strike {
	/** Milliseconds after the phase had begun. */
	readonly afterMs: number;
	/** Whether the phase was still under way. */
	readonly isInPhase: boolean;
	/** Rows written in vain because of it, of the table where there are most; where it is counted. */
	readonly wastedRows: number | undefined;
}

/** A target that was disturbed a few times and then finished. */
export interface CaseResult {
	readonly phase: string;
	readonly disturbance: string;
	readonly number: number;
	readonly strikes: readonly Strike[];
	readonly difference: Difference;
	/** What should not be, in words. */
	readonly problems: readonly string[];
	/** The program's complaints, each once. */
	readonly complaints: readonly string[];
	/** Time of the run that finished the work. */
	readonly finishSeconds: number;
}

export interface CaseRequest {
	readonly phase: Phase;
	readonly disturbance: Disturbance;
	/** Blows at most; fewer when the work is done before. */
	readonly strikes: number;
	/** How long the phase takes undisturbed. */
	readonly phaseMs: number;
	readonly number: number;
	readonly random: Random;
}

/** Longest time that the program may take to notice, or to finish. */
const patienceMs = 60_000;

/** Disturbs a fresh target's run as often as asked, checks what must hold each time, finishes it and compares. */
export async function runCase(
	stage: Stage,
	request: CaseRequest,
): Promise<CaseResult> {
	const { phase, disturbance } = request;
	const target = await stage.newTarget(phase.from);
	const prepared = await finish(stage, target, phase.prepare ?? []);
	if (phase.forgetsQuarantine === true) await forgetQuarantine(stage, target);
	const before = await comparable(target);
	const strikes: Strike[] = [];
	const problems = [...prepared.problems];
	const complaints = new Set<string>();
	let wasted = 0;
	try {
		if (phase.writes === "between") await stage.write(10);
		for (let nth = 0; nth < request.strikes; nth += 1) {
			const blow = await strikeOnce(stage, target, request, nth);
			problems.push(...blow.problems);
			if (blow.complaint !== undefined) complaints.add(blow.complaint);
			if (!blow.hasStruck) break;
			const wastedNow =
				phase.countsWaste === true && disturbance.kind === "kill"
					? await wastedRows(target)
					: undefined;
			strikes.push({
				afterMs: blow.afterMs,
				isInPhase: blow.isInPhase,
				wastedRows: wastedNow === undefined ? undefined : wastedNow - wasted,
			});
			wasted = wastedNow ?? wasted;
			if (phase.writes === "between") await stage.write(10);
		}
		const finished = await finish(stage, target, phase.finish);
		problems.push(...finished.problems);
		const proven = await prove(stage, target, phase, before);
		problems.push(...proven.problems);
		const tidied = await finish(stage, target, phase.tidy);
		problems.push(...tidied.problems, ...(await leftBehind(stage, target)));
		return {
			phase: phase.name,
			disturbance: disturbance.name,
			number: request.number,
			strikes,
			difference: proven.difference,
			problems,
			complaints: [...complaints],
			finishSeconds: finished.seconds,
		};
	} finally {
		// The first error wins: a server that is gone has nothing to be freed of.
		await freeServers(stage, target)
			.then(() => stage.dropTarget(target))
			.catch(() => undefined);
	}
}

/** Deletes from the legacy tables what could not migrate, owned rows first. */
async function forgetQuarantine(stage: Stage, target: Target): Promise<void> {
	for (const table of [
		"uploaded_files",
		"workflow_steps",
		"workflows",
		"legacy_users",
	]) {
		const rows = await target.server.query<{ id: string }>(
			target.name,
			"SELECT source_id AS id FROM cutover.quarantine WHERE source_table = $1",
			[table],
		);
		await stage.source.query(
			"legacy",
			`DELETE FROM ${table} WHERE id = ANY($1::bigint[])`,
			[rows.map(({ id }) => id)],
		);
	}
}

interface Blow {
	readonly hasStruck: boolean;
	readonly isInPhase: boolean;
	readonly afterMs: number;
	readonly problems: readonly string[];
	readonly complaint: string | undefined;
}

async function strikeOnce(
	stage: Stage,
	target: Target,
	{ phase, disturbance, phaseMs, random }: CaseRequest,
	nth: number,
): Promise<Blow> {
	const afterMs = Math.round(random.next() * phaseMs);
	const problems: string[] = [];
	const load = startLoad(stage, target, phase, random.below(1e9));
	const watch = await watchPhase(stage, target, phase);
	const running = startProgram(
		stage.program,
		phase.argv,
		stage.environment(target),
	);
	const isInPhase = await waitForMoment(running, watch, afterMs);
	const hasStruck = running.isRunning();
	if (hasStruck)
		await disturbance.strike(stage, target, running, random.next());
	await watch.close();
	const found = async (when: string) => {
		for (const problem of await brokenInvariants(target, isLive(phase))) {
			problems.push(
				`${when}, ${disturbance.name} ${nth + 1} (${afterMs} ms): ${problem}`,
			);
		}
	};
	await found("at once");
	const ended = await endOf(running, phase);
	await load?.stop();
	if (ended === undefined)
		problems.push(
			`after ${disturbance.name} (${afterMs} ms) the program hung for ${patienceMs / 1000} s`,
		);
	problems.push(...(await leftovers(stage, target)));
	await found("afterwards");
	const complaint =
		ended?.exitCode === 1 ? ended.said.trim().split("\n").at(-1) : undefined;
	if (
		complaint !== undefined &&
		disturbance.kind !== "kill" &&
		!disturbance.blames.test(complaint)
	) {
		problems.push(
			`${disturbance.name} (${afterMs} ms): the complaint does not name the server: ${complaint}`,
		);
	}
	if (
		disturbance.kind !== "kill" &&
		ended !== undefined &&
		ended.exitCode !== 0 &&
		ended.exitCode !== 1
	) {
		problems.push(
			`${disturbance.name} (${afterMs} ms): exit code ${ended.exitCode}: ${ended.said.slice(-400)}`,
		);
	}
	return { hasStruck, isInPhase, afterMs, problems, complaint };
}

/** Waits for the end; a phase without one is asked to end when it goes on as if nothing had happened. */
async function endOf(
	running: Running,
	phase: Phase,
): Promise<Ended | undefined> {
	if (phase.endlessMs !== undefined) {
		await Promise.race([running.ended, sleep(3_000)]);
		running.signal("SIGTERM");
	}
	const deadline = new AbortController();
	const late = sleep(patienceMs, undefined, { signal: deadline.signal }).catch(
		() => undefined,
	);
	const ended = await Promise.race([running.ended, late]);
	deadline.abort();
	if (ended === undefined) running.signal("SIGKILL");
	return ended;
}

/** Runs verbs one after the other; each has to succeed at once. */
export async function finish(
	stage: Stage,
	target: Target,
	verbs: Phase["finish"],
): Promise<{ readonly problems: readonly string[]; readonly seconds: number }> {
	const problems: string[] = [];
	let seconds = 0;
	for (const argv of verbs) {
		const ended = await runToEnd(
			stage.program,
			argv,
			stage.environment(target),
		);
		seconds = Math.max(seconds, ended.seconds);
		if (ended.exitCode === 0) continue;
		problems.push(
			`cutover ${argv.join(" ")} afterwards ended with exit code ${ended.exitCode}: ${ended.said.trim().split("\n").at(-1)}`,
		);
	}
	return { problems, seconds };
}

async function prove(
	stage: Stage,
	target: Target,
	phase: Phase,
	before: Content,
): Promise<{
	readonly difference: Difference;
	readonly problems: readonly string[];
}> {
	switch (phase.proof) {
		case "equals a fresh conversion":
			return {
				difference: await compareWithReference(stage, target),
				problems: await brokenInvariants(target, isLive(phase)),
			};
		case "legacy equals target":
			return {
				difference: await compareCarriedBack(stage, target),
				problems: await brokenInvariants(target, isLive(phase)),
			};
		case "the backup restores":
			return await compareRestored(stage, target);
		case "nothing changed":
			return {
				difference: differenceOf(before, await comparable(target)),
				problems: [],
			};
		case "can write": {
			const refused = await stage.write(1).then(() => undefined, String);
			return {
				difference: differenceOf(before, await comparable(target)),
				problems:
					refused === undefined
						? []
						: [`the legacy application cannot write: ${refused}`],
			};
		}
	}
}

const isLive = ({ writes }: Phase) => writes === "on the target";

/** Somebody who writes while the program runs, where the phase has it so. */
function startLoad(
	stage: Stage,
	target: Target,
	{ writes }: Phase,
	seed: number,
): WriteLoad | undefined {
	if (writes === "always") return startWriteLoad(stage.applicationUrl, seed);
	if (writes !== "on the target") return undefined;
	return startTargetLoad(target.server.url(target.name), seed);
}

async function leftBehind(
	stage: Stage,
	target: Target,
): Promise<readonly string[]> {
	const slots = await slotsOf(stage, target);
	return [
		...(await leftovers(stage, target, true)),
		...(slots.length === 0
			? []
			: [`replication slots left: ${slots.join(", ")}`]),
	];
}

/** What one case left must not disturb the next one. */
async function freeServers(stage: Stage, target: Target): Promise<void> {
	await stage.source.query(
		"postgres",
		"ALTER ROLE legacy_app IN DATABASE legacy RESET default_transaction_read_only",
	);
	for (const [server, name] of [
		[stage.source, "legacy"],
		[target.server, target.name],
	] as const) {
		await server.query(
			name,
			"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND database = current_database()",
		);
	}
}
