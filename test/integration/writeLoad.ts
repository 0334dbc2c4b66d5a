import pg from "pg";
import { bcryptHash } from "./cutoverFixture.ts";

/** Writes of every kind to a legacy database, one transaction after the other, until `stop`. */
export interface WriteLoad {
	/** Ends after the transaction under way; answers how many were committed. Rejects when one failed unexpectedly. */
	stop(): Promise<number>;
	committed(): number;
	/** False once a cut connection, a fence or a failure ended it. */
	isWriting(): boolean;
}

/** Pseudo-random numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};
}

/** Starts writing as the legacy application would. Cut connections, and writes that a fence refuses, end it quietly. */
export function startWriteLoad(url: string, seed: number): WriteLoad {
	return startLoad(url, seed, transaction);
}

/** Starts writing as the new version would. */
export function startTargetLoad(url: string, seed: number): WriteLoad {
	return startLoad(url, seed, targetTransaction);
}

function startLoad(
	url: string,
	seed: number,
	transaction: (random: () => number) => readonly string[],
): WriteLoad {
	const random = generator(seed);
	let isWanted = true;
	let committed = 0;
	let isWriting = true;
	const work = (async () => {
		const client = new pg.Client(url);
		client.on("error", () => undefined);
		try {
			await client.connect();
			while (isWanted) {
				await client.query("BEGIN");
				for (const sql of transaction(random)) await client.query(sql);
				await client.query(random() < 0.05 ? "ROLLBACK" : "COMMIT");
				committed += 1;
			}
		} catch (error) {
			if (!isFenced(error)) throw error;
		} finally {
			isWriting = false;
			await client.end().catch(() => undefined);
		}
	})();
	// Whoever stops it hears of the failure; until then nobody is listening.
	work.catch(() => undefined);
	return {
		committed: () => committed,
		isWriting: () => isWriting,
		async stop() {
			isWanted = false;
			await work;
			return committed;
		},
	};
}

/** The fence ended the session, or refuses the write. */
function isFenced(error: unknown): boolean {
	const code = error instanceof pg.DatabaseError ? error.code : undefined;
	const text = error instanceof Error ? error.message : "";
	return (
		code === "25006" ||
		code === "57P01" ||
		/Connection terminated|connection error|ECONNRESET|EPIPE/.test(text)
	);
}

/** One transaction of a kind chosen by chance. */
function transaction(random: () => number): readonly string[] {
	const pick =
		"(SELECT id FROM legacy_users OFFSET floor(random() * (SELECT count(*) FROM legacy_users)) LIMIT 1)";
	const kind = Math.floor(random() * 12);
	const mark = Math.floor(random() * 1e9);
	switch (kind) {
		case 0:
			return [
				`INSERT INTO legacy_users (username, email, password_hash, settings) VALUES ('new ${mark}', 'New.${mark}@Example.com', '${bcryptHash}', '{"ui_theme": "dark"}')`,
				`INSERT INTO workflows (user_id, name) VALUES (currval('legacy_users_id_seq'), 'of new ${mark}')`,
				`INSERT INTO workflow_steps (workflow_id, position, type, config) VALUES (currval('workflows_id_seq'), 1, 'wait', '{"seconds": ${mark}}')`,
			];
		case 1:
			return [
				`UPDATE legacy_users SET username = 'renamed ${mark}', last_login = now() WHERE id = ${pick}`,
			];
		case 2:
			// Three steps, since the two addresses may not be the same even for a moment in many applications.
			return [
				`CREATE TEMP TABLE IF NOT EXISTS swap (a integer, b integer, x text, y text)`,
				`TRUNCATE swap`,
				`INSERT INTO swap SELECT a.id, b.id, a.email, b.email FROM legacy_users a, legacy_users b WHERE a.id = ${pick} AND b.id = ${pick} AND a.id <> b.id`,
				`UPDATE legacy_users u SET email = CASE WHEN u.id = swap.a THEN swap.y ELSE swap.x END FROM swap WHERE u.id IN (swap.a, swap.b)`,
			];
		case 3:
			return [
				`UPDATE legacy_users SET settings = '{"ui_theme": "${"x".repeat(20_000)}", "lang": "de"}' WHERE id = ${pick}`,
			];
		case 4:
			return [
				`UPDATE legacy_users SET password_hash = '${bcryptHash.slice(0, -6)}${String(mark).padStart(6, "0").slice(0, 6)}' WHERE id = ${pick}`,
			];
		case 5:
			return [
				`CREATE TEMP TABLE IF NOT EXISTS leaving (id integer)`,
				`TRUNCATE leaving`,
				`INSERT INTO leaving SELECT ${pick} WHERE (SELECT count(*) FROM legacy_users) > 10`,
				`DELETE FROM workflow_steps USING workflows, leaving WHERE workflow_id = workflows.id AND user_id = leaving.id`,
				`DELETE FROM workflows USING leaving WHERE user_id = leaving.id`,
				`DELETE FROM legacy_users USING leaving WHERE legacy_users.id = leaving.id`,
			];
		case 6:
			// A duplicate comes to be, and may be resolved by a later change.
			return [
				`UPDATE legacy_users SET email = (SELECT upper(email) FROM legacy_users WHERE id = ${pick}) WHERE id = ${pick}`,
			];
		case 7:
			return [
				`UPDATE legacy_users SET email = 'back.${mark}@example.com' WHERE id = ${pick}`,
			];
		case 8:
			return [
				`UPDATE legacy_users SET email = 'no address ${mark}' WHERE id = ${pick}`,
			];
		case 9:
			return [
				`UPDATE workflows SET name = 'moved ${mark}', user_id = ${pick} WHERE id = (SELECT id FROM workflows OFFSET floor(random() * (SELECT count(*) FROM workflows)) LIMIT 1)`,
			];
		case 10:
			return [
				`UPDATE workflow_steps SET config = CASE WHEN random() < 0.2 THEN '{broken' ELSE '{"n": ${mark}}' END WHERE id = (SELECT min(id) + floor(random() * 100) FROM workflow_steps)`,
			];
		default:
			return [
				`UPDATE legacy_users SET settings = CASE WHEN random() < 0.3 THEN '{"ui_theme": "\\\\u0000"}' ELSE '{"lang": "fr"}' END WHERE id = ${pick}`,
			];
	}
}

/** One transaction on the new version's tables. */
function targetTransaction(random: () => number): readonly string[] {
	const user =
		"(SELECT id FROM auth.users OFFSET floor(random() * (SELECT count(*) FROM auth.users)) LIMIT 1)";
	const workflow =
		"(SELECT id FROM public.workflows OFFSET floor(random() * (SELECT count(*) FROM public.workflows)) LIMIT 1)";
	const mark = Math.floor(random() * 1e9);
	switch (Math.floor(random() * 9)) {
		case 0:
			return [
				`WITH born AS (INSERT INTO auth.users (email, encrypted_password, email_confirmed_at) VALUES ('born.${mark}@example.com', '${bcryptHash}', now()) RETURNING id),
				profile AS (INSERT INTO public.profiles (id, username, preferences) SELECT id, 'born ${mark}', '{"theme": "dark", "notifications": false, "language": "fr"}' FROM born)
				SELECT 1`,
			];
		case 1:
			return [
				`INSERT INTO public.workflows (user_id, name) VALUES (${user}, 'made ${mark}')`,
				"INSERT INTO public.workflow_steps (workflow_id, position, type, config) SELECT max(id), 1, 'wait', '{\"seconds\": 5}' FROM public.workflows",
			];
		case 2:
			return [
				`UPDATE auth.users SET encrypted_password = '${bcryptHash.slice(0, -6)}${String(mark).padStart(6, "0").slice(0, 6)}', last_sign_in_at = now() WHERE id = ${user}`,
			];
		case 3:
			return [
				`UPDATE public.profiles SET username = 'renamed ${mark}', preferences = jsonb_build_object('theme', repeat('y', 9000), 'notifications', false, 'language', 'es') WHERE id = ${user}`,
			];
		case 4:
			return [
				"CREATE TEMP TABLE IF NOT EXISTS swap (a uuid, b uuid, x text, y text)",
				"TRUNCATE swap",
				`INSERT INTO swap SELECT a.id, b.id, a.email, b.email FROM auth.users a, auth.users b WHERE a.id = ${user} AND b.id = ${user} AND a.id <> b.id`,
				"UPDATE auth.users u SET email = 'swapping' FROM swap WHERE u.id = swap.a",
				"UPDATE auth.users u SET email = swap.x FROM swap WHERE u.id = swap.b",
				"UPDATE auth.users u SET email = swap.y FROM swap WHERE u.id = swap.a",
			];
		case 5:
			return [
				`DELETE FROM auth.users WHERE id = ${user} AND (SELECT count(*) FROM auth.users) > 10`,
			];
		case 6:
			return [
				`UPDATE public.workflows SET user_id = ${user}, name = 'moved ${mark}', is_active = NOT is_active WHERE id = ${workflow}`,
			];
		case 7:
			return [`DELETE FROM public.workflows WHERE id = ${workflow}`];
		default:
			return [
				`UPDATE public.workflow_steps SET config = '{"n": ${mark}}', position = 7 WHERE workflow_id = ${workflow}`,
			];
	}
}
