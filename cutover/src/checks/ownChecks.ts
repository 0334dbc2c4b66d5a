import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { reasonOf, UsageError } from "../errors.ts";
import { at, jsonOf } from "./api.ts";
import { type CheckSpec, NotRunError, type Seen } from "./check.ts";
import type { Phase } from "./plan.ts";
import { type AccountName, callAs, databaseOf, type World } from "./world.ts";

/** What a check of a team's own works with. */
export interface OwnWorld {
	readonly phase: Phase;
	readonly baseUrl: string;
	/** Calls the API; `as` is the account, `nobody` without a token. Default: `user`. */
	call(
		path: string,
		options?: {
			readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
			readonly json?: unknown;
			readonly as?: AccountName | "nobody";
		},
	): Promise<{
		readonly status: number;
		readonly headers: Readonly<Record<string, unknown>>;
		readonly body: string;
		/** The body, when it is JSON. */
		readonly json: unknown;
		readonly seconds: number;
	}>;
	/** Rows of a query, in a session that only reads. */
	query(
		sql: string,
		values?: readonly unknown[],
	): Promise<readonly Readonly<Record<string, unknown>>[]>;
	/** Removes at the end what the check made, also when it fails or the run is stopped. */
	removeAtEnd(what: string, remove: () => Promise<void>): void;
	/** Ends the check as "not run", with the reason. */
	notRun(reason: string): never;
	/** Marks what this run makes. */
	readonly mark: string;
	readonly signal: AbortSignal;
}

const seenSchema = z.object({
	outcome: z.enum(["passed", "failed", "inconclusive", "not run"]),
	actual: z.string(),
	expected: z.string().optional(),
	details: z.array(z.string()).optional(),
});

const ownSchema = z.strictObject({
	name: z.string().min(1),
	group: z.string().min(1),
	expected: z.string().min(1),
	phases: z.array(z.enum(["before", "after"])).default(["before", "after"]),
	needs: z.array(z.string()).default([]),
	required: z.boolean().default(true),
	run: z.custom<(world: OwnWorld) => unknown>(
		(value) => typeof value === "function",
		"expected a function",
	),
});

/**
 * Loads the checks of a folder: each file whose name ends in `.mjs`, `.js` or `.ts` default-exports one.
 *
 * @throws UsageError naming the file and what is wrong with it.
 */
export async function loadOwnChecks(
	folder: string | undefined,
	phase: Phase,
	known: readonly CheckSpec[],
): Promise<readonly CheckSpec[]> {
	if (folder === undefined) return [];
	const names = new Set(known.map((spec) => spec.name));
	const specs: CheckSpec[] = [];
	for (const file of await filesOf(folder)) {
		const own = await load(file);
		if (!own.phases.includes(phase)) continue;
		if (names.has(own.name))
			throw new UsageError(
				`--checks-dir: ${file}: there is a check "${own.name}" already; give it another name`,
			);
		names.add(own.name);
		specs.push({
			name: own.name,
			group: own.group,
			expected: own.expected,
			needs: own.needs,
			required: own.required,
			run: async (world) => seenOf(await own.run(ownWorld(world))),
		});
	}
	const all = new Set([...names]);
	for (const spec of specs)
		for (const name of spec.needs ?? [])
			if (!all.has(name))
				throw new UsageError(
					`--checks-dir: "${spec.name}" needs "${name}", which is no check of this phase`,
				);
	return specs;
}

async function filesOf(folder: string): Promise<readonly string[]> {
	try {
		return (await readdir(folder))
			.filter((name) => /\.(mjs|js|ts)$/.test(name) && !/\.d\.ts$/.test(name))
			.sort()
			.map((name) => join(folder, name));
	} catch (error) {
		throw new UsageError(
			`--checks-dir: cannot read ${folder}: ${reasonOf(error)}`,
		);
	}
}

async function load(file: string): Promise<z.output<typeof ownSchema>> {
	let loaded: unknown;
	try {
		loaded = await import(pathToFileURL(resolve(file)).href);
	} catch (error) {
		throw new UsageError(
			`--checks-dir: cannot load ${file}: ${reasonOf(error)}`,
		);
	}
	const parsed = ownSchema.safeParse(at(loaded, "default"));
	if (parsed.success) return parsed.data;
	throw new UsageError(
		`--checks-dir: ${file} has to default-export { name, group, expected, run }:\n${z.prettifyError(parsed.error)}`,
	);
}

function ownWorld(world: World): OwnWorld {
	return {
		phase: world.phase,
		baseUrl: world.api.baseUrl.href,
		mark: world.mark,
		signal: world.signal,
		async call(path, { as = "user", ...options } = {}) {
			const answer = await callAs(world, as, { path, ...options });
			const { status, headers, body, seconds } = answer;
			return { status, headers, body, json: jsonOf(answer), seconds };
		},
		async query(sql, values = []) {
			const { rows } = await databaseOf(world).query<Record<string, unknown>>(
				sql,
				[...values],
			);
			return rows;
		},
		removeAtEnd(what, remove) {
			world.made.add({
				what,
				byHand: "remove it by hand",
				async remove() {
					await remove();
					return undefined;
				},
			});
		},
		notRun(reason) {
			throw new NotRunError(reason);
		},
	};
}

function seenOf(value: unknown): Seen {
	const parsed = seenSchema.safeParse(value);
	if (!parsed.success)
		throw new Error(
			`the check has to answer { outcome, actual }: ${z.prettifyError(parsed.error)}`,
		);
	const { outcome, actual, expected, details } = parsed.data;
	return {
		outcome,
		actual,
		...(expected !== undefined && { expected }),
		...(details !== undefined && { details }),
	};
}
