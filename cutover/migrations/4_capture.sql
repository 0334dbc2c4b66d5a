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
DROP TABLE cutover.capture;
ALTER TABLE cutover.conversion DROP COLUMN plan_hash, DROP COLUMN counted_at;
ALTER TABLE cutover.quarantine DROP COLUMN address;
