import { isLockTrouble } from "../../cutover/src/adapters/tableLocks.ts";
import { trustedLogin } from "../../cutover/src/conversion/trustedLogin.ts";
import type { TestServer } from "../../test/integration/postgres.ts";
import type { Stage, Target } from "./stage.ts";

const { users, tables } = trustedLogin;

/** Every row of the target that came from the source, by where it lies; one statement sees one moment. */
const arrived = [
	`SELECT '${users.source}' AS source, 'cutover.identity_map' AS place, legacy_id AS id FROM cutover.identity_map`,
	...[
		["auth.users", "id"],
		["auth.identities", "user_id"],
		["public.profiles", "id"],
	].map(
		([table, key]) =>
			`SELECT '${users.source}', '${table}', m.legacy_id FROM ${table} t LEFT JOIN cutover.identity_map m ON m.user_id = t.${key}`,
	),
	...tables.map(
		({ source, target }) =>
			`SELECT '${source}', '${target}', id FROM ${target}`,
	),
].join(" UNION ALL ");

const brokenRanges = `
	WITH arrived AS MATERIALIZED (${arrived}), places AS (SELECT DISTINCT source, place FROM arrived)
	SELECT concat(c.source_table, ' from ', c.from_id, ': ', c.state, ', ', c.wanted, ' rows expected in ', p.place, ', ', count(a.id), ' found') AS problem
	FROM (SELECT source_table, from_id, to_id, CASE WHEN loaded_at IS NULL THEN 0 ELSE row_count END AS wanted,
			CASE WHEN loaded_at IS NULL THEN 'not loaded' ELSE 'loaded' END AS state FROM cutover.checkpoint) c
	JOIN places p ON p.source = c.source_table
	LEFT JOIN arrived a ON a.source = c.source_table AND a.place = p.place AND a.id >= c.from_id AND a.id < c.to_id
	WHERE EXISTS (SELECT FROM cutover.conversion WHERE counted_at IS NULL)
	GROUP BY c.source_table, c.from_id, c.state, c.wanted, p.place HAVING count(a.id) <> c.wanted`;

const strayRows = `
	SELECT concat(count(*), ' rows of ', place, ' belong to no legacy user') AS problem FROM (${arrived}) a WHERE id IS NULL GROUP BY place
	UNION ALL SELECT concat('before a plan is recorded, ', count(*), ' rows are on the target') FROM (${arrived}) a
		WHERE NOT EXISTS (SELECT FROM cutover.conversion) HAVING count(*) > 0
	UNION ALL SELECT concat(count(*), ' users are migrated and in quarantine at the same time') FROM cutover.identity_map m
		JOIN cutover.quarantine q ON q.source_table = '${users.source}' AND q.source_id = m.legacy_id HAVING count(*) > 0
	UNION ALL SELECT concat('users without identity, profile or account: ', count(*)) FROM cutover.identity_map m
		WHERE NOT (EXISTS (SELECT FROM auth.users WHERE id = m.user_id) AND EXISTS (SELECT FROM auth.identities WHERE user_id = m.user_id) AND EXISTS (SELECT FROM public.profiles WHERE id = m.user_id)) HAVING count(*) > 0`;

/** Indexes, keys and proofs that are there, and those written down to be made again: always the same number. */
const guards = `
	WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname IN ('auth', 'public', 'cutover'))
	SELECT (SELECT count(*) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE indisvalid AND relnamespace IN (SELECT oid FROM ours))
		+ (SELECT count(*) FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND connamespace IN (SELECT oid FROM ours))
		+ (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND connamespace IN (SELECT oid FROM ours))
		+ (SELECT count(*) FROM cutover.deferred) AS count`;

/** What must hold on the target at any moment, whoever was just killed; answers what does not. */
export async function brokenInvariants(
	target: Target,
	isLive = false,
): Promise<readonly string[]> {
	// Users who are born on a live target belong to no legacy user until they are carried back.
	const problems = isLive ? [] : await look(target);
	const [there] = await target.server.query<{ count: string }>(
		target.name,
		guards,
	);
	const wanted = await guardsOf(target.server);
	return [
		...problems.map(({ problem }) => problem),
		...(there?.count === wanted
			? []
			: [
					`${wanted} indexes, keys and proofs expected, there or written down; ${there?.count} found`,
				]),
	];
}

/** The program that is still at work changes tables: either of the two may be ended to break a deadlock. */
async function look(target: Target): Promise<{ problem: string }[]> {
	for (;;) {
		try {
			return await target.server.query<{ problem: string }>(
				target.name,
				`${brokenRanges} UNION ALL ${strayRows}`,
			);
		} catch (error) {
			if (!isLockTrouble(error)) throw error;
		}
	}
}

const known = new Map<TestServer, string>();

/** The number of guards of a schema as it is made; asked once, since a template in use cannot be copied. */
async function guardsOf(server: TestServer): Promise<string> {
	const before = known.get(server);
	if (before !== undefined) return before;
	const [row] = await server.query<{ count: string }>("template_empty", guards);
	known.set(server, row?.count ?? "");
	return row?.count ?? "";
}

/** Longest wait for the sessions of a process that is gone: the servers look after their clients every 2 s. */
const goodbyeMs = 6_000;

/** Waits for the sessions of a process that ended; answers what it left behind. */
export async function leftovers(
	stage: Stage,
	target: Target,
	/** Also programs that ours start and that outlive them until the next run. */
	ofAll = false,
): Promise<readonly string[]> {
	const problems: string[] = [];
	const names = ofAll ? "^(cutover|pg_)" : "^cutover";
	for (const [what, server] of [
		["source", stage.source],
		["target", target.server],
	] as const) {
		const deadline = performance.now() + goodbyeMs;
		for (;;) {
			const left = await server.query<{ query: string }>(
				"postgres",
				"SELECT application_name || ': ' || state || ' ' || left(query, 80) AS query FROM pg_stat_activity WHERE application_name ~ $1",
				[names],
			);
			if (left.length === 0) break;
			if (performance.now() > deadline) {
				problems.push(
					`still at work on the ${what}: ${left.map(({ query }) => query).join("; ")}`,
				);
				break;
			}
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}
	return problems;
}

/** Replication slots on both servers, whoever made them. */
export async function slotsOf(
	stage: Stage,
	target: Target,
): Promise<readonly string[]> {
	const names: string[] = [];
	for (const server of [stage.source, target.server]) {
		const rows = await server.query<{ slot_name: string }>(
			"postgres",
			"SELECT slot_name FROM pg_replication_slots ORDER BY 1",
		);
		names.push(...rows.map((row) => row.slot_name));
	}
	return names;
}

/** Rows that were written to the target for nothing so far, of the table where there are most: every try counts, minus what is there. */
export async function wastedRows(target: Target): Promise<number> {
	const names = [
		"auth.users",
		"auth.identities",
		"public.profiles",
		...tables.map((table) => table.target),
	];
	let most = 0;
	for (const name of names) {
		const [row] = await target.server.query<{ wasted: string }>(
			target.name,
			`SELECT pg_stat_get_tuples_inserted('${name}'::regclass) - (SELECT count(*) FROM ${name}) AS wasted`,
		);
		most = Math.max(most, Number(row?.wasted ?? 0));
	}
	return most;
}
