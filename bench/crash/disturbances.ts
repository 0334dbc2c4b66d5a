import type { TestServer } from "../../test/integration/postgres.ts";
import type { Running } from "./program.ts";
import type { Stage, Target } from "./stage.ts";

/** Something that goes wrong from outside. */
export interface Disturbance {
	readonly name: string;
	readonly kind: "kill" | "restart" | "cut";
	/** Words of which one has to be in the program's complaint, if it ends because of this. */
	readonly blames: RegExp;
	strike(
		stage: Stage,
		target: Target,
		running: Running,
		random: number,
	): Promise<void>;
}

export const kill: Disturbance = {
	name: "SIGKILL",
	kind: "kill",
	blames: /./,
	async strike(_stage, _target, running) {
		running.signal("SIGKILL");
		await running.ended;
	},
};

export const restarts: readonly Disturbance[] = [
	{
		name: "restart of the source",
		kind: "restart",
		blames: /source/,
		strike: (stage) => stage.source.crash(),
	},
	{
		name: "restart of the target",
		kind: "restart",
		blames: /target/,
		strike: (_stage, target) => target.server.crash(),
	},
];

export const cuts: readonly Disturbance[] = [
	{
		name: "cut connection to the source",
		kind: "cut",
		blames: /source/,
		strike: (stage, _target, _running, random) => cutOne(stage.source, random),
	},
	{
		name: "cut connection to the target",
		kind: "cut",
		blames: /target/,
		strike: (_stage, target, _running, random) => cutOne(target.server, random),
	},
];

/** Ends one of the program's sessions, chosen by chance. */
async function cutOne(server: TestServer, random: number): Promise<void> {
	const rows = await server.query<{ pid: number }>(
		"postgres",
		"SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'cutover%' ORDER BY pid",
	);
	const chosen = rows[Math.floor(random * rows.length)];
	if (chosen === undefined) return;
	await server.query("postgres", "SELECT pg_terminate_backend($1)", [
		chosen.pid,
	]);
}
