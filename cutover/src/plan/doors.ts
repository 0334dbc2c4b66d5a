import { confirmOn } from "../confirm.ts";
import type { Result } from "../outcome.ts";
import { parseSettings } from "../verbs/parse.ts";
import * as change from "./change.ts";
import type { World } from "./engine.ts";
import { runPlan } from "./plan.ts";
import { destroySchema, planSchema, upSchema } from "./settings.ts";

/** Takes options as given on the command line, all of them text. @throws UsageError naming every bad one. */
type Door = (
	options: Readonly<Record<string, unknown>>,
	world: World,
) => Promise<Result>;

const ask = ({ signal }: World) =>
	confirmOn(process.stdin, process.stderr, signal);

export const plan: Door = async (options, world) =>
	await runPlan(parseSettings(planSchema, options), world);

export const up: Door = async (options, world) =>
	await change.runUp(parseSettings(upSchema, options), world, ask(world));

export const destroy: Door = async (options, world) =>
	await change.runDestroy(
		parseSettings(destroySchema, options),
		world,
		ask(world),
	);
