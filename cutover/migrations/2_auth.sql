-- Up Migration
-- Where Supabase Auth made these tables they stay as they are.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    END IF;
    -- Row-level security is proved by acting as these roles. From 16 on, who makes a role may grant it but not act as it.
    IF NOT pg_has_role(current_user, role_name,
      CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
      EXECUTE format('GRANT %I TO %I', role_name, current_user);
    END IF;
  END LOOP;
END $$;

DO $do$
BEGIN
  IF to_regclass('auth.users') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE SCHEMA IF NOT EXISTS auth;

  CREATE TABLE auth.users (
    instance_id uuid DEFAULT '00000000-0000-0000-0000-000000000000',
    id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    aud varchar(255) DEFAULT 'authenticated',
    role varchar(255) DEFAULT 'authenticated',
    email varchar(255),
    encrypted_password varchar(255),
    email_confirmed_at timestamptz,
    invited_at timestamptz,
    confirmation_token varchar(255) DEFAULT '',
    confirmation_sent_at timestamptz,
    recovery_token varchar(255) DEFAULT '',
    recovery_sent_at timestamptz,
    email_change_token_new varchar(255) DEFAULT '',
    email_change varchar(255) DEFAULT '',
    email_change_sent_at timestamptz,
    last_sign_in_at timestamptz,
    raw_app_meta_data jsonb DEFAULT '{"provider": "email", "providers": ["email"]}',
    raw_user_meta_data jsonb DEFAULT '{}',
    is_super_admin boolean,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    phone text CONSTRAINT users_phone_key UNIQUE,
    phone_confirmed_at timestamptz,
    phone_change text DEFAULT '',
    phone_change_token varchar(255) DEFAULT '',
    phone_change_sent_at timestamptz,
    confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED,
    email_change_token_current varchar(255) DEFAULT '',
    email_change_confirm_status smallint DEFAULT 0 CHECK (email_change_confirm_status BETWEEN 0 AND 2),
    banned_until timestamptz,
    reauthentication_token varchar(255) DEFAULT '',
    reauthentication_sent_at timestamptz,
    is_sso_user boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    is_anonymous boolean NOT NULL DEFAULT false
  );
  -- By this the down part knows its own table.
  COMMENT ON TABLE auth.users IS 'made by cutover schema apply';
  -- Nobody searches by these values: statistics about them would only cost time, and show hashes in pg_stats.
  ALTER TABLE auth.users ALTER encrypted_password SET STATISTICS 0, ALTER raw_app_meta_data SET STATISTICS 0,
    ALTER raw_user_meta_data SET STATISTICS 0;
  CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE is_sso_user = false;
  -- The unique index is partial: a query by e-mail alone needs a whole one.
  CREATE INDEX idx_users_email ON auth.users (email);

  CREATE TABLE auth.identities (
    provider_id text NOT NULL,
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    identity_data jsonb NOT NULL,
    provider text NOT NULL,
    last_sign_in_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    email text GENERATED ALWAYS AS (lower(identity_data ->> 'email')) STORED,
    id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    CONSTRAINT identities_provider_id_provider_unique UNIQUE (provider_id, provider)
  );
  ALTER TABLE auth.identities ALTER identity_data SET STATISTICS 0;
  CREATE INDEX identities_user_id_idx ON auth.identities (user_id);

  CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $uid$
    SELECT coalesce(
      nullif(current_setting('request.jwt.claim.sub', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid
  $uid$;

  GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
  GRANT SELECT, INSERT, UPDATE, DELETE ON auth.users, auth.identities TO service_role;
END $do$;

-- Down Migration
-- Rows are never dropped by a migration: empty tables go, filled ones stay and the step fails. Tables that somebody else
-- made stay in any case, and so do the roles: they belong to the server, and other databases may use them.
-- A row that a policy hides raises an error here, so that it does not look like none.
SET LOCAL row_security = off;
DO $do$
DECLARE
  name text;
  is_filled boolean;
  filled text[] := '{}';
BEGIN
  IF obj_description(to_regclass('auth.users'), 'pg_class') IS DISTINCT FROM 'made by cutover schema apply' THEN
    RETURN;
  END IF;
  FOREACH name IN ARRAY ARRAY['auth.identities', 'auth.users'] LOOP
    CONTINUE WHEN to_regclass(name) IS NULL;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', name);
    EXECUTE format('SELECT EXISTS (SELECT FROM %s', name) || ')' INTO is_filled;
    IF is_filled THEN
      filled := filled || name;
    END IF;
  END LOOP;
  IF cardinality(filled) > 0 THEN
    RAISE EXCEPTION 'rows in %', array_to_string(filled, ', ')
      USING HINT = 'export what is needed and delete the rows first';
  END IF;
  DROP FUNCTION IF EXISTS auth.uid();
  DROP TABLE IF EXISTS auth.identities, auth.users;
  REVOKE USAGE ON SCHEMA auth FROM anon, authenticated, service_role;
  BEGIN
    DROP SCHEMA auth;
  EXCEPTION
    -- Somebody else keeps things there.
    WHEN dependent_objects_still_exist THEN NULL;
  END;
END $do$;
