-- Up Migration
CREATE SCHEMA IF NOT EXISTS cutover;

-- One row: the load under way or done, and what it was made with.
CREATE TABLE cutover.conversion (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  started_at timestamptz NOT NULL,
  source text NOT NULL,
  settings jsonb NOT NULL,
  -- Everything below this source transaction is on the target.
  snapshot_xmin xid8 NOT NULL,
  -- Per table: first id that is given out here and not by the source, and ids given out here before the load.
  born jsonb NOT NULL,
  loaded_at timestamptz,
  caught_up_at timestamptz
);

CREATE TABLE cutover.checkpoint (
  source_table text NOT NULL,
  from_id bigint NOT NULL,
  to_id bigint NOT NULL,
  row_count bigint,
  loaded_at timestamptz,
  PRIMARY KEY (source_table, from_id)
);

CREATE TABLE cutover.identity_map (
  legacy_id bigint PRIMARY KEY,
  user_id uuid NOT NULL UNIQUE
);

CREATE TABLE cutover.quarantine (
  source_table text NOT NULL,
  source_id bigint NOT NULL,
  reason text NOT NULL,
  source_row jsonb NOT NULL,
  quarantined_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source_table, source_id)
);

CREATE TABLE cutover.repaired (
  source_table text NOT NULL,
  source_id bigint NOT NULL,
  what text NOT NULL,
  PRIMARY KEY (source_table, source_id)
);

CREATE TABLE cutover.journal (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);

-- Indexes and foreign keys taken away for the load, to be made again in this order.
CREATE TABLE cutover.deferred (
  position integer PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('index', 'constraint', 'foreign key', 'validation')),
  statement text NOT NULL
);

-- PostgreSQL can only tell JSON by trying (15), and some that is JSON it cannot store at all.
CREATE FUNCTION cutover.jsonb_or_null(value text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $fn$
BEGIN
  RETURN CASE WHEN value <> '' THEN value::jsonb END;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $fn$;

-- Down Migration
-- Rows are never dropped by a migration: empty tables go, filled ones stay and the step fails. Of the journal only what
-- the rollback wrote itself may go; the quarantine and the identity map cannot be made again from anywhere.
-- A row that a policy hides raises an error here, so that it does not look like none.
SET LOCAL row_security = off;
DO $do$
DECLARE
  name text;
  is_filled boolean;
  filled text[] := '{}';
BEGIN
  FOREACH name IN ARRAY ARRAY['cutover.deferred', 'cutover.journal', 'cutover.repaired', 'cutover.quarantine',
    'cutover.identity_map', 'cutover.checkpoint', 'cutover.conversion'] LOOP
    CONTINUE WHEN to_regclass(name) IS NULL;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', name);
    EXECUTE format('SELECT EXISTS (SELECT FROM %s', name) ||
      CASE name WHEN 'cutover.journal' THEN $$ WHERE event <> 'schema rollback'$$ ELSE '' END || ')' INTO is_filled;
    IF is_filled THEN
      filled := filled || name;
    END IF;
  END LOOP;
  IF cardinality(filled) > 0 THEN
    RAISE EXCEPTION 'rows in %', array_to_string(filled, ', ')
      USING HINT = 'export what is needed and delete the rows first';
  END IF;
END $do$;
DROP TABLE IF EXISTS cutover.deferred, cutover.journal, cutover.repaired, cutover.quarantine, cutover.identity_map,
  cutover.checkpoint, cutover.conversion;
DROP FUNCTION IF EXISTS cutover.jsonb_or_null(text);
