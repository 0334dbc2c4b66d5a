import { request } from "../adapters/http.ts";
import {
	connect,
	endQuietly,
	identifier,
	type Session,
	sqlState,
} from "../adapters/postgres.ts";
import { RefusedError, reasonOf, UnreachableError } from "../errors.ts";
import { httpSampler, querySampler, type Sampler } from "./sampler.ts";
import type { QueryProbe, Scenario } from "./scenario.ts";

/** A system to measure. */
export interface SideSettings {
	/** "before" or "after", as it shall appear in messages. */
	readonly label: string;
	readonly baseUrl: string;
	readonly database?: string | undefined;
	readonly caFile?: string | undefined;
	readonly connections: number;
	readonly timeoutSeconds: number;
}

/** A system that answered once and can be measured now. */
export interface Side {
	readonly label: string;
	readonly server: string;
	readonly samplers: ReadonlyMap<string, Sampler>;
	readonly dataSet: Readonly<Record<string, number>> | undefined;
	close(): Promise<void>;
}

/**
 * Asks every endpoint and query once, so that what is wrong is said now and not hidden among thousands of samples.
 *
 * @throws UnreachableError, RefusedError when one does not answer as it should; nothing stays open then.
 */
export async function openSide(
	settings: SideSettings,
	scenario: Scenario,
): Promise<Side> {
	const samplers = new Map<string, Sampler>();
	const token = await signIn(settings, scenario);
	for (const endpoint of scenario.endpoints) {
		await ask(settings, endpoint.path, {
			method: endpoint.method,
			json: endpoint.json,
			token: endpoint.signedIn ? token : undefined,
		});
		samplers.set(
			endpoint.name,
			httpSampler(endpoint, {
				...settings,
				token,
				openingPath: scenario.openingPath,
			}),
		);
	}
	const { database } = settings;
	const base = { label: settings.label, server: settings.baseUrl, samplers };
	if (database === undefined) {
		return { ...base, dataSet: undefined, close: async () => undefined };
	}
	const session = await connect(database, {
		what: `database ${settings.label}`,
		readOnly: true,
		applicationName: "cutover perf",
	});
	try {
		await session.query(
			`SET statement_timeout = ${Math.round(settings.timeoutSeconds * 1000)}`,
		);
		for (const query of scenario.queries) {
			const sql = await understood(session, query, settings.label);
			samplers.set(query.name, querySampler(query.name, sql, session));
		}
		const dataSet = await countRows(session, scenario.dataSet);
		return { ...base, dataSet, close: () => endQuietly(session) };
	} catch (error) {
		await endQuietly(session);
		throw error;
	}
}

async function signIn(
	settings: SideSettings,
	{ signIn, endpoints }: Scenario,
): Promise<string | undefined> {
	if (!endpoints.some(({ signedIn }) => signedIn)) return undefined;
	if (signIn === undefined) {
		throw new RefusedError(
			"the scenario asks for endpoints that need an account, and has no signIn; add one",
		);
	}
	const body = await ask(settings, signIn.path, {
		method: "POST",
		json: signIn.account,
	});
	const token = /"access_token"\s*:\s*"([^"]+)"/.exec(body)?.[1];
	if (token === undefined) {
		throw new RefusedError(
			`${settings.label}: expected access_token from ${signIn.path}, got none; check the application at ${settings.baseUrl}`,
		);
	}
	return token;
}

/** One request; certificates are looked at here, before the load generator, which does not. */
async function ask(
	settings: SideSettings,
	path: string,
	how: {
		readonly method: "GET" | "POST";
		readonly json?: unknown;
		readonly token?: string | undefined;
	},
): Promise<string> {
	const url = new URL(path, settings.baseUrl).href;
	const answer = await request({
		url,
		method: how.method,
		...(how.json !== undefined && { json: how.json }),
		...(how.token !== undefined && { token: how.token }),
		...(settings.caFile !== undefined && { caFile: settings.caFile }),
		timeoutMs: settings.timeoutSeconds * 1000,
	}).catch((error: unknown) => {
		throw new UnreachableError(`application ${settings.label}`, url, error);
	});
	if (answer.status >= 200 && answer.status <= 299) return answer.body;
	throw new RefusedError(
		`${settings.label}: expected ${how.method} ${url} to answer 200, got ${answer.status}${answer.headers.location === undefined ? "" : ` to ${answer.headers.location}`}; mend it, or leave it out of the scenario`,
	);
}

/** The first statement that the database understands. */
async function understood(
	session: Session,
	query: QueryProbe,
	label: string,
): Promise<string> {
	const reasons: string[] = [];
	for (const sql of query.sql) {
		try {
			await session.query(sql);
			return sql;
		} catch (error) {
			reasons.push(reasonOf(error));
			// Another statement helps only where a table, schema or column is missing.
			if (!["42P01", "3F000", "42703"].includes(sqlState(error) ?? "")) break;
		}
	}
	throw new RefusedError(
		`${label}: "${query.name}" does not run: ${reasons.join("; ")}; mend it, or leave it out of the scenario`,
	);
}

async function countRows(
	session: Session,
	wanted: Scenario["dataSet"],
): Promise<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const [name, tables] of Object.entries(wanted)) {
		for (const table of tables) {
			const quoted = table.split(".").map(identifier).join(".");
			const { rows: found } = await session.query<{ there: boolean }>(
				"SELECT to_regclass($1) IS NOT NULL AS there",
				[quoted],
			);
			if (found[0]?.there !== true) continue;
			const { rows } = await session.query<{ count: string }>(
				`SELECT count(*) FROM ${quoted}`,
			);
			counts[name] = Number(rows[0]?.count ?? 0);
			break;
		}
	}
	return counts;
}
