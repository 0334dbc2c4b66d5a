import fc from "fast-check";
import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { trustedLogin } from "../../cutover/src/conversion/trustedLogin.ts";
import { compareRows } from "../../cutover/src/validate/rows/compare.ts";
import { faultText } from "../../cutover/src/validate/rows/fault.ts";
import { bcryptHash, type Pair, runConvert } from "./cutoverFixture.ts";
import { fuzzedSettings } from "./cutoverSettings.ts";
import type { TestServer } from "./postgres.ts";

/** What became of so many users with settings at their worst. */
export interface FuzzResult {
	readonly users: number;
	/** Ranges that were planned, and those that were loaded. */
	readonly batches: number;
	readonly loadedBatches: number;
	readonly migratedUsers: number;
	/** Steps whose configuration is no JSON stay behind; all the others have to arrive. */
	readonly migratedSteps: number;
	readonly quarantinedSteps: number;
	/** What the second implementation sees differently, as text. */
	readonly differences: readonly string[];
	readonly seconds: { readonly convert: number; readonly compare: number };
}

/** Besides what Trusted Login has: numbers, and a key that is given twice. */
const preferences = {
	...trustedLogin.users.preferences,
	zoom: { from: "zoom", type: "number", default: 1.5 },
	note: { from: "note", type: "string", default: "" },
};

/** Rows sent in one statement. */
const sentRows = 5_000;

/** Users with fuzzed settings, each with a step that has the same text as configuration; converted, then compared. */
export async function fuzzSettings(
	server: TestServer,
	pair: Pair,
	users: number,
	seed: number,
): Promise<FuzzResult> {
	for (let sent = 0; sent < users; sent += sentRows) {
		const texts = fc.sample(fuzzedSettings, {
			numRuns: Math.min(sentRows, users - sent),
			seed: seed + sent,
		});
		await server.query(
			pair.sourceName,
			`WITH given AS (SELECT settings, ${sent} + place AS id FROM unnest($1::text[]) WITH ORDINALITY AS g(settings, place)),
			people AS (INSERT INTO legacy_users (id, username, email, password_hash, settings) SELECT id, 'user' || id, 'user' || id || '@example.com', '${bcryptHash}', settings FROM given),
			flows AS (INSERT INTO workflows (id, user_id, name) SELECT id, id, 'workflow' FROM given)
			INSERT INTO workflow_steps (id, workflow_id, position, type, config) SELECT id, id, 1, 'wait', settings FROM given`,
			[texts],
		);
	}
	await server.query(pair.sourceName, "ANALYZE");
	const startedAt = performance.now();
	await runConvert(pair, {
		batchRows: 10_000,
		mapping: JSON.stringify({
			...trustedLogin,
			users: { ...trustedLogin.users, preferences },
		}),
	});
	const convertedAt = performance.now();
	const compared = await withSession(
		pair.source,
		{ what: "source", readOnly: true },
		async (source) =>
			await withSession(pair.target, { what: "target" }, (target) =>
				compareRows(source, target),
			),
	);
	const [row] = await server.query<
		Omit<FuzzResult, "users" | "differences" | "seconds">
	>(
		pair.targetName,
		`SELECT (SELECT count(*) FROM cutover.checkpoint)::int AS batches, (SELECT count(*) FROM cutover.checkpoint WHERE loaded_at IS NOT NULL)::int AS "loadedBatches",
			(SELECT count(*) FROM auth.users)::int AS "migratedUsers", (SELECT count(*) FROM public.workflow_steps)::int AS "migratedSteps",
			(SELECT count(*) FROM cutover.quarantine WHERE source_table = 'workflow_steps')::int AS "quarantinedSteps"`,
	);
	if (row === undefined) throw new Error("the target gave no counts");
	return {
		...row,
		users,
		differences: compared.flatMap(({ faults }) => faults.map(faultText)),
		seconds: {
			convert: (convertedAt - startedAt) / 1000,
			compare: (performance.now() - convertedAt) / 1000,
		},
	};
}
