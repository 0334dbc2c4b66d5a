-- Up Migration
-- PostgreSQL can only tell JSON by trying (15), and some that is JSON it cannot store at all.
CREATE FUNCTION cutover.jsonb_or_null(value text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $fn$
BEGIN
  RETURN CASE WHEN value <> '' THEN value::jsonb END;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $fn$;

-- Primary keys and unique constraints are made from indexes that were built side by side; foreign keys are made first
-- and proved afterwards.
ALTER TABLE cutover.deferred DROP CONSTRAINT deferred_kind_check,
  ADD CONSTRAINT deferred_kind_check CHECK (kind IN ('index', 'constraint', 'foreign key', 'validation'));

-- Down Migration
LOCK TABLE cutover.deferred IN ACCESS EXCLUSIVE MODE;
DO $do$
BEGIN
  IF EXISTS (SELECT FROM cutover.deferred) THEN
    RAISE EXCEPTION 'rows in cutover.deferred' USING HINT = 'let the load finish first: cutover convert';
  END IF;
END $do$;
ALTER TABLE cutover.deferred DROP CONSTRAINT deferred_kind_check,
  ADD CONSTRAINT deferred_kind_check CHECK (kind IN ('index', 'unique', 'foreign key'));
DROP FUNCTION cutover.jsonb_or_null(text);
