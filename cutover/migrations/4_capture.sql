-- Up Migration
-- The e-mail address of a quarantined user as it would be stored: who comes or goes may settle a duplicate.
ALTER TABLE cutover.quarantine ADD COLUMN address text;
CREATE INDEX quarantine_address_idx ON cutover.quarantine (address) WHERE address IS NOT NULL;

-- The ranges as planned: one that was edited is found out.
ALTER TABLE cutover.conversion ADD COLUMN plan_hash text;
-- When rows and checkpoints were counted and agreed; afterwards rows come and go.
ALTER TABLE cutover.conversion ADD COLUMN counted_at timestamptz;

-- Replication slots in use: everything up to the position is on the other side.
CREATE TABLE cutover.capture (
  direction text PRIMARY KEY CHECK (direction IN ('forward', 'reverse')),
  slot text NOT NULL,
  publication text NOT NULL,
  position pg_lsn NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  moved_at timestamptz
);

-- Down Migration
-- Rows and values are never dropped by a migration: what is empty goes, what is filled stays and the step fails. A row in
-- cutover.capture is a slot that would be left behind on a server.
-- A row that a policy hides raises an error here, so that it does not look like none.
SET LOCAL row_security = off;
DO $do$
DECLARE
  name text;
  added text;
  is_filled boolean;
  filled text[] := '{}';
BEGIN
  FOREACH name IN ARRAY ARRAY['cutover.capture', 'cutover.quarantine', 'cutover.conversion'] LOOP
    CONTINUE WHEN to_regclass(name) IS NULL;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', name);
  END LOOP;
  IF to_regclass('cutover.capture') IS NOT NULL AND EXISTS (SELECT FROM cutover.capture) THEN
    filled := filled || 'cutover.capture'::text;
  END IF;
  FOR name, added IN SELECT attrelid::regclass, attname FROM pg_attribute WHERE NOT attisdropped AND attnum > 0
    AND (attrelid, attname) IN ((to_regclass('cutover.quarantine'), 'address'),
      (to_regclass('cutover.conversion'), 'plan_hash'), (to_regclass('cutover.conversion'), 'counted_at')) LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I IS NOT NULL)', name, added) INTO is_filled;
    IF is_filled THEN
      filled := filled || format('%s (%s)', name, added);
    END IF;
  END LOOP;
  IF cardinality(filled) > 0 THEN
    RAISE EXCEPTION 'rows in %', array_to_string(filled, ', ')
      USING HINT = 'export what is needed and delete the rows first';
  END IF;
END $do$;
DROP TABLE IF EXISTS cutover.capture;
ALTER TABLE IF EXISTS cutover.conversion DROP COLUMN IF EXISTS plan_hash, DROP COLUMN IF EXISTS counted_at;
ALTER TABLE IF EXISTS cutover.quarantine DROP COLUMN IF EXISTS address;
