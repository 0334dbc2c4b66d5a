import {
	isValidEmailSql,
	normalizeEmailSql,
} from "../../cutover/src/conversion/email.ts";
import {
	defaultNamespace,
	userHashSql,
	uuidOfHashSql,
} from "../../cutover/src/conversion/identity.ts";
import { hasKnownHashSql } from "../../cutover/src/conversion/passwordHash.ts";
import { defaultPreferences } from "../../cutover/src/conversion/settings.ts";
import { trustedLogin } from "../../cutover/src/conversion/trustedLogin.ts";
import { buildIndexes, dropIndexes } from "./indexBuild.ts";
import { runInOrder, runSideBySide } from "./sessions.ts";

/** Where the peers' tools put the legacy rows, on the target. */
export const stagedTable = "public.legacy_users";

/**
 * Unlogged: what is thrown away in a minute need not be in the write-ahead log. No index: it is read from end to end. The
 * tools also want to set the sequence.
 */
export const createStaged = `CREATE SEQUENCE ${stagedTable}_id_seq; CREATE UNLOGGED TABLE ${stagedTable} (id integer, username varchar(255), email varchar(255), password_hash varchar(255), created_at timestamp, last_login timestamp, settings text, migrated_at timestamp)`;

/** Start of the run, for users whose creation time nobody knows. */
export const transformStartedAt = "2026-11-01T12:00:00.000Z";

const keptBack = "public.kept_back";

/**
 * The best transform of a staged table that we know, in SQL and two sessions: they look for shared addresses and judge each
 * row, in parts; then each converts one half, every row read and hashed once for all four tables; indexes last. Leaves the
 * target as `cutover convert` does: same rows, same quarantine, indexes, constraints and statistics.
 */
export async function transformStaged(
	url: string,
	phase: Phase,
): Promise<void> {
	await phase("transform", async () => {
		await runInOrder(url, [preferencesFunctions, createKeptBack]);
		const indexes = await dropIndexes(url);
		await runSideBySide(url, 2, [
			sharers,
			...Array.from({ length: judgedParts }, (_, nth) => ownReasonsOf(nth)),
		]);
		await runInOrder(url, [
			`INSERT INTO ${keptBack} ${losers}`,
			`ANALYZE ${keptBack}`,
			quarantineSql,
		]);
		await runSideBySide(url, 2, [convertHalf("<"), convertHalf(">=")]);
		return indexes;
	}).then((indexes) => phase("indexes", () => buildIndexes(url, 2, indexes)));
	await phase("clean up", () =>
		runInOrder(url, [
			`DROP TABLE ${stagedTable}, ${keptBack}, public.sharer`,
			"DROP FUNCTION public.preferences_of(text), public.unusual_preferences(text)",
			`DROP SEQUENCE ${stagedTable}_id_seq`,
		]),
	);
}

/** Times one part of a contender's work. */
export type Phase = <T>(name: string, work: () => Promise<T>) => Promise<T>;

const address = normalizeEmailSql("t.email");

const sharers = `CREATE UNLOGGED TABLE public.sharer AS SELECT unnest(array_agg(t.id)) AS id FROM ${stagedTable} t WHERE t.email IS NOT NULL GROUP BY hashtextextended(${address}, 0) HAVING count(*) > 1`;

const createKeptBack = `CREATE UNLOGGED TABLE ${keptBack} (id integer, reason text)`;

/** Small enough for both sessions to end together. */
const judgedParts = 8;

/** Judges one part of the staged rows by where they lie. */
function ownReasonsOf(nth: number): string {
	const where = `t.ctid >= ${placeAt(nth, judgedParts)} AND t.ctid < ${placeAt(nth + 1, judgedParts)}`;
	return `INSERT INTO ${keptBack} SELECT id, reason FROM (SELECT t.id, CASE
	WHEN coalesce(t.address, '') = '' THEN 'invalid e-mail: missing'
	WHEN octet_length(t.email) > 255 AND length(t.email) > 255 THEN 'value too long: email'
	WHEN NOT (${isValidEmailSql("t.address")}) THEN 'invalid e-mail'
	WHEN octet_length(t.password_hash) > 255 AND length(t.password_hash) > 255 THEN 'value too long: password_hash'
	WHEN t.password_hash IS NULL OR NOT ${hasKnownHashSql("t.password_hash")} THEN 'unknown password hash format'
	WHEN octet_length(t.username) > 255 AND length(t.username) > 255 THEN 'value too long: username'
	WHEN NOT isfinite(t.created_at) THEN 'time is infinite: created_at'
	WHEN NOT isfinite(t.last_login) THEN 'time is infinite: last_login'
END AS reason FROM (SELECT t.*, ${address} AS address FROM ${stagedTable} t WHERE ${where} OFFSET 0) t) judged WHERE reason IS NOT NULL`;
}

/** Where the nth of so many equal parts of the staged table begins; behind the last one, where the table ends. */
function placeAt(nth: number, parts: number): string {
	return `(SELECT format('(%s,0)', pg_relation_size('${stagedTable}') / current_setting('block_size')::int * ${nth} / ${parts})::tid)`;
}

const losers = `SELECT id, 'duplicate e-mail: legacy_users ' || winner || ' signed in last' FROM (
	SELECT t.id, count(*) OVER (PARTITION BY t.address) AS sharers,
		first_value(t.id) OVER (PARTITION BY t.address ORDER BY t.last_login DESC NULLS LAST, t.id) AS winner
	FROM (SELECT t.*, ${address} AS address FROM ${stagedTable} t JOIN public.sharer USING (id)) t
	WHERE NOT EXISTS (SELECT FROM ${keptBack} k WHERE k.id = t.id)
) ranked WHERE sharers > 1 AND id <> winner`;

const quarantineSql = `INSERT INTO cutover.quarantine (source_table, source_id, reason, source_row) SELECT 'legacy_users', t.id, k.reason, to_jsonb(t) FROM ${stagedTable} t JOIN ${keptBack} k USING (id)`;

/** One half of the staged rows by where they lie, so that neither session reads the other's. */
function convertHalf(side: "<" | ">="): string {
	const middle = placeAt(1, 2);
	return `WITH half AS MATERIALIZED (
		SELECT t.id, ${uuidOfHashSql("t.hash")} AS uuid, t.address, t.password_hash, t.username, t.settings, t.signed_in,
			coalesce(t.created, t.signed_in, '${transformStartedAt}'::timestamptz) AS created
		FROM (SELECT t.*, ${userHashSql("t.id", defaultNamespace)} AS hash, ${address} AS address,
				t.created_at AT TIME ZONE 'UTC' AS created, t.last_login AT TIME ZONE 'UTC' AS signed_in
			FROM ${stagedTable} t
			WHERE t.ctid ${side} ${middle} AND NOT EXISTS (SELECT FROM ${keptBack} k WHERE k.id = t.id) OFFSET 0) t
	), users AS (
		INSERT INTO auth.users (id, instance_id, aud, role, email, encrypted_password, email_confirmed_at,
			confirmation_token, recovery_token, email_change_token_new, email_change, last_sign_in_at,
			raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
		SELECT uuid, '00000000-0000-0000-0000-000000000000', 'authenticated', 'authenticated', address, password_hash, created,
			'', '', '', '', signed_in, '{"provider": "email", "providers": ["email"]}', '{}', created, coalesce(signed_in, created)
		FROM half
	), identities AS (
		INSERT INTO auth.identities (id, provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
		SELECT uuid, uuid::text, uuid, jsonb_object(ARRAY['sub', 'email'], ARRAY[uuid::text, address]) || '{"email_verified": true}', 'email', signed_in,
			created, coalesce(signed_in, created)
		FROM half
	), map AS (
		INSERT INTO cutover.identity_map (legacy_id, user_id) SELECT id, uuid FROM half
	)
	INSERT INTO public.profiles (id, username, preferences, created_at)
	SELECT uuid, username, public.preferences_of(settings), created FROM half`;
}

const otherwise = `'${JSON.stringify(defaultPreferences(trustedLogin.users.preferences))}'::jsonb`;

/**
 * PostgreSQL 15 can only tell JSON by trying. What it refuses as jsonb may be JSON all the same (half a surrogate pair, a
 * NUL, a number out of range, nesting deeper than its stack), and then only the value concerned counts as missing. What is
 * nested deeper than anybody means it is not tried first: that takes longest.
 */
const preferencesFunctions = `
CREATE FUNCTION public.unusual_preferences(settings text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	marked text := regexp_replace(settings, '\\\\u(0000|d[89ab][0-9a-f]{2}(?!\\\\ud[c-f])|d[c-f][0-9a-f]{2})', '<unstorable>', 'g');
	value json;
	theme json; notifications json; language json;
BEGIN
	BEGIN
		value := marked::json;
	EXCEPTION WHEN statement_too_complex THEN
		value := regexp_replace(marked, '\\[{100,}\\]{100,}', '[]')::json;
	END;
	IF json_typeof(value) <> 'object' THEN RETURN ${otherwise}; END IF;
	theme := value -> 'ui_theme'; notifications := value -> 'email_notifications'; language := value -> 'lang';
	RETURN jsonb_build_object(
		'theme', CASE WHEN json_typeof(theme) = 'string' AND theme::text NOT LIKE '%<unstorable>%' THEN theme ELSE '"light"' END,
		'notifications', CASE WHEN json_typeof(notifications) = 'boolean' THEN notifications ELSE 'true' END,
		'language', CASE WHEN json_typeof(language) = 'string' AND language::text NOT LIKE '%<unstorable>%' THEN language ELSE '"en"' END);
EXCEPTION WHEN data_exception THEN
	RETURN ${otherwise};
END $$;
CREATE FUNCTION public.preferences_of(settings text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE value jsonb;
BEGIN
	IF settings LIKE '%${"[".repeat(64)}%' THEN
		value := regexp_replace(settings, '\\[+\\]+', '[]')::jsonb;
	ELSIF settings <> '' THEN
		value := settings::jsonb;
	END IF;
	IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN RETURN ${otherwise}; END IF;
	RETURN jsonb_build_object(
		'theme', CASE WHEN jsonb_typeof(value -> 'ui_theme') = 'string' THEN value -> 'ui_theme' ELSE '"light"' END,
		'notifications', CASE WHEN jsonb_typeof(value -> 'email_notifications') = 'boolean' THEN value -> 'email_notifications' ELSE 'true' END,
		'language', CASE WHEN jsonb_typeof(value -> 'lang') = 'string' THEN value -> 'lang' ELSE '"en"' END);
EXCEPTION WHEN data_exception OR statement_too_complex THEN
	RETURN public.unusual_preferences(settings);
END $$;
`;
