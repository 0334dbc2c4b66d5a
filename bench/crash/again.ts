import { runToEnd } from "./program.ts";
import type { Stage, Target } from "./stage.ts";

/** What a finished job costs when it is run again. */
export interface Again {
	readonly verb: string;
	readonly seconds: number;
	/** Transactions of the target's database that wrote something, or WAL written by anybody meanwhile. */
	readonly isUntouched: boolean;
}

/** Runs finished work again: a conversion, and a cutover that is through. */
export async function measureAgain(stage: Stage): Promise<readonly Again[]> {
	const target = await stage.newTarget("loaded");
	const run = async (...argv: readonly string[]) =>
		await runToEnd(stage.program, argv, stage.environment(target));
	try {
		await run("convert");
		const converted = await again(target, "convert", () => run("convert"));
		await run("final-sync");
		const live = [];
		for (const verb of ["final-sync", "convert"]) {
			live.push(
				await again(target, `${verb} after the cutover`, () => run(verb)),
			);
		}
		await run("fence", "off");
		return [converted, ...live];
	} finally {
		await stage.dropTarget(target);
	}
}

async function again(
	target: Target,
	verb: string,
	run: () => Promise<{
		readonly seconds: number;
		readonly exitCode: number | undefined;
	}>,
): Promise<Again> {
	const before = await written(target);
	const { seconds, exitCode } = await run();
	const isUntouched = before === (await written(target)) && exitCode === 0;
	return { verb, seconds, isUntouched };
}

/** Changes with every transaction that writes anything. */
export async function written(target: Target): Promise<string> {
	const [row] = await target.server.query<{ next: string }>(
		target.name,
		"SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next",
	);
	return row?.next ?? "";
}
