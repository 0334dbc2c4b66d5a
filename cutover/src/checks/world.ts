import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import type { Answer, Api, Call } from "./api.ts";
import type { Baseline, Metric } from "./baseline.ts";
import { NotRunError } from "./check.ts";
import type { Made } from "./made.ts";
import type { Phase, PhasePlan, Plan } from "./plan.ts";

/** What the checks work with, and what they leave for each other. */
export interface World {
	readonly phase: Phase;
	readonly plan: Plan;
	/** The part of the plan that is this phase's own. */
	readonly own: PhasePlan;
	readonly api: Api;
	/** Undefined when no address was given. */
	readonly frontend: Api | undefined;
	/** Address of the database, or undefined. */
	readonly databaseUrl: string | undefined;
	/** Opened by the check of the database; reads only. */
	database: Session | undefined;
	/** Tokens by account, left by the checks that signed in. */
	readonly tokens: Partial<Record<AccountName, string>>;
	/** What the first account made. */
	workflow: Thing | undefined;
	file: Thing | undefined;
	/** Whether a check made an account: one user more than the system's own. */
	hasRegistered: boolean;
	readonly made: Made;
	/** Marks whatever this run makes. */
	readonly mark: string;
	readonly metrics: Record<string, Metric>;
	/** Every sample of them, in milliseconds. */
	readonly samples: Record<string, readonly number[]>;
	readonly baseline: Baseline | undefined;
	/** Passwords come from here. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly caFile: string | undefined;
	readonly talk: Talk;
	/** Aborted when the run is asked to stop, or the check takes too long. */
	signal: AbortSignal;
}

/** Something that a check made, as the API knows it. */
export interface Thing {
	readonly id: string;
	readonly path: string;
}

/** What a check made; without it another one cannot say anything. */
export function thingOf(thing: Thing | undefined, check: string): Thing {
	if (thing !== undefined) return thing;
	throw new NotRunError(`there is nothing to ask for (see ${check})`);
}

/** Whose token a call carries. */
export type AccountName = "user" | "other";

/** Calls the API as one of the accounts, or as nobody. */
export async function callAs(
	world: World,
	who: AccountName | "nobody",
	call: Call,
): Promise<Answer> {
	const token = who === "nobody" ? undefined : tokenOf(world, who);
	return await world.api.call({ ...call, token }, world.signal);
}

/** The token of an account; without one the check cannot say anything. */
export function tokenOf(world: World, who: AccountName): string {
	const token = world.tokens[who];
	if (token !== undefined) return token;
	throw new NotRunError(
		who === "user"
			? "nobody is signed in (see sign-in)"
			: "there is no second account: name one as accounts.other in --checks, or give --database with the right to remove a registered one",
	);
}

/** The session with the database; without one the check cannot say anything. */
export function databaseOf(world: World): Session {
	if (world.database !== undefined) return world.database;
	throw new NotRunError(
		world.databaseUrl === undefined
			? "no database was given (--database)"
			: "the database does not answer (see database)",
	);
}
