import { withSession } from "../adapters/postgres.ts";
import { quoteTable, quoteText } from "../conversion/sqlNames.ts";
import { reasonOf } from "../errors.ts";
import { at, jsonOf, said } from "./api.ts";
import { NotRunError } from "./check.ts";
import { databaseOf, type World } from "./world.ts";

/** Kinds of things that the plan has SQL to remove for. */
export type Kind = "user" | "workflow" | "file";

/** Removes one row by the plan's SQL; answers why it is still there, or undefined. */
export async function removeRow(
	world: Pick<World, "databaseUrl" | "own">,
	kind: Kind,
	key: string,
): Promise<string | undefined> {
	const { databaseUrl } = world;
	if (databaseUrl === undefined)
		return "no database was given to remove it from";
	return await withSession(
		databaseUrl,
		// Not the session of the checks: that one only reads, and may be the one that broke.
		{ what: "database", applicationName: "cutover check" },
		async (session) => {
			const { rowCount } = await session.query(world.own.removal[kind], [key]);
			return rowCount === 0
				? "the database shows no such row to this user"
				: undefined;
		},
	);
}

/** What to do when a row stays. */
export function byHand(world: Pick<World, "own">, kind: Kind, key: string) {
	return `run on the database: ${world.own.removal[kind].replace("$1", quoteText(key).trim())}`;
}

/** Removes a thing through the API, and where that has no way to, from the database. */
export async function removeThing(
	world: World,
	kind: Kind,
	thing: { readonly id: string; readonly path: string },
): Promise<string | undefined> {
	// Not the signal of the run: this is what is done after it.
	const ask = (method: "GET" | "DELETE") =>
		world.api.call({ method, path: thing.path, token: world.tokens.user }).then(
			(answer) => ({ status: answer.status, text: said(answer) }),
			(error: unknown) => ({ status: 0, text: reasonOf(error) }),
		);
	const asked = await ask("DELETE");
	if (asked.status >= 200 && asked.status < 300) return undefined;
	const inDatabase = await removeRow(world, kind, thing.id).catch(reasonOf);
	if (inDatabase === undefined) {
		if (kind === "file")
			world.made.notes.push(
				`the bytes of file ${thing.id} stay in the uploads: the API answered ${asked.status} to DELETE ${thing.path}`,
			);
		return undefined;
	}
	// Somebody else may have removed it.
	if ([404, 410].includes((await ask("GET")).status)) return undefined;
	return `DELETE ${thing.path}: ${asked.text}; ${inDatabase}`;
}

/** Removes workflows by their names; for those whose id nobody was told. Answers how many there were. */
export async function removeNamed(
	world: World,
	isOurs: (name: string, madeAt: Date | undefined) => boolean,
): Promise<number> {
	const path = world.own.api + world.plan.routes.workflows;
	const list = await world.api.call({ path, token: world.tokens.user });
	let removed = 0;
	for (const row of rowsOf(jsonOf(list))) {
		const [id, name, made] = ["id", "name", "created_at"].map((key) =>
			at(row, key),
		);
		if (typeof name !== "string" || id === undefined) continue;
		const madeAt = typeof made === "string" ? new Date(made) : undefined;
		if (!isOurs(name, madeAt)) continue;
		const thing = { id: String(id), path: `${path}/${id}` };
		if ((await removeThing(world, "workflow", thing)) === undefined)
			removed += 1;
	}
	return removed;
}

/** The rows of a list, which may stand by itself or under `data`. */
export function rowsOf(body: unknown): readonly unknown[] {
	const data = at(body, "data");
	if (Array.isArray(data)) return data;
	return Array.isArray(body) ? body : [];
}

/**
 * @throws NotRunError when rows of the table could not be removed again: then none is made.
 */
export async function requireRemovable(
	world: World,
	table: string,
): Promise<void> {
	const session = databaseOf(world);
	const { rows } = await session.query<{ may: boolean | null; who: string }>(
		`SELECT has_table_privilege(to_regclass(${quoteText(quoteTable(table))}), 'DELETE') AS may, current_user AS who`,
	);
	if (rows[0]?.may === true) return;
	throw new NotRunError(
		rows[0]?.may === null
			? `there is no table ${table} to remove a new account from`
			: `"${rows[0]?.who}" may not delete from ${table}, so a new account could not be removed again; give --database with that right`,
	);
}
