import { type Session, withSession } from "../adapters/postgres.ts";
import type { Api } from "./api.ts";
import type { UatConfig } from "./config.ts";
import type { Remove } from "./testData.ts";

interface Listed {
	readonly id: string | number;
	readonly name: string;
}

/** User names that only acceptances give. */
export const testUserName = "uat-";

/** Most workflows that one look takes in; those just made come first. */
const mostListed = 200;

/** How the kinds of data are removed, or why they cannot. */
export function createRemovers(
	api: Api,
	paths: UatConfig["api"],
	database: string | undefined,
): Readonly<Record<string, Remove | string>> {
	const inDatabase = (
		url: string,
		work: (session: Session) => Promise<number>,
	) =>
		withSession(
			url,
			{ what: "database", applicationName: "cutover uat" },
			work,
		);
	return {
		workflow: (key) =>
			removeWorkflows(api, paths.workflows, key).catch((error: unknown) => {
				if (database === undefined) throw error;
				return inDatabase(database, (session) => deleteWorkflows(session, key));
			}),
		profile: (key) => restoreProfile(api, paths.profile, key),
		account:
			database === undefined
				? "no API removes an account; give --database, or remove it by hand"
				: (email) =>
						inDatabase(database, (session) => deleteAccount(session, email)),
	};
}

/** Puts a profile back, unless somebody has changed it since: then it is theirs. */
async function restoreProfile(
	api: Api,
	path: string,
	before: string,
): Promise<number> {
	const now = await api.call("GET", path);
	const isOthers =
		typeof now === "object" &&
		now !== null &&
		"username" in now &&
		!String(now.username).startsWith(testUserName);
	if (isOthers) return 0;
	await api.call("PUT", path, JSON.parse(before));
	return 1;
}

/** Deletes the account's workflows whose names begin so. */
async function removeWorkflows(
	api: Api,
	path: string,
	beginning: string,
): Promise<number> {
	const rows = listOf(await api.call("GET", `${path}?limit=${mostListed}`));
	const ours = rows.filter(({ name }) => name.startsWith(beginning));
	for (const { id } of ours) await api.call("DELETE", `${path}/${id}`);
	return ours.length;
}

/** The same in the database, where no API answers: their names begin with a run's, which nobody else's do. */
async function deleteWorkflows(
	session: Session,
	beginning: string,
): Promise<number> {
	const { rowCount } = await session.query(
		"DELETE FROM public.workflows WHERE starts_with(name, $1)",
		[beginning],
	);
	return rowCount ?? 0;
}

/** Deletes an account with what belongs to it, wherever this database keeps accounts. */
async function deleteAccount(session: Session, email: string): Promise<number> {
	const { rows } = await session.query<{ found: string }>(
		"SELECT t AS found FROM unnest(ARRAY['auth.users', 'public.legacy_users']) t WHERE to_regclass(t) IS NOT NULL",
	);
	if (rows.length === 0) {
		throw new Error(
			"expected auth.users or legacy_users in the database, got neither; check --database",
		);
	}
	let removed = 0;
	for (const { found } of rows) {
		const { rowCount } = await session.query(
			`DELETE FROM ${found} WHERE email = $1`,
			[email],
		);
		removed += rowCount ?? 0;
	}
	return removed;
}

/** The rows of a list, whether it comes bare or as `data`. */
export function listOf(answer: unknown): readonly Listed[] {
	const list =
		typeof answer === "object" && answer !== null && "data" in answer
			? answer.data
			: answer;
	if (!Array.isArray(list)) {
		throw new Error("expected a list of workflows, got something else");
	}
	return list.flatMap((row: unknown) =>
		typeof row === "object" &&
		row !== null &&
		"id" in row &&
		"name" in row &&
		(typeof row.id === "number" || typeof row.id === "string") &&
		typeof row.name === "string"
			? [{ id: row.id, name: row.name }]
			: [],
	);
}
