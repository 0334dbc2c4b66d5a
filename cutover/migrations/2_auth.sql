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
    -- Row-level security is proved by acting as these roles.
    IF NOT pg_has_role(current_user, role_name, 'MEMBER') THEN
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
-- Users are never dropped by a migration: an empty table goes, a filled one stays and the step fails.
DO $do$
BEGIN
  IF to_regclass('auth.schema_migrations') IS NOT NULL THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM auth.users) THEN
    RAISE EXCEPTION 'auth.users holds users: export and remove them first';
  END IF;
  DROP FUNCTION auth.uid();
  DROP TABLE auth.identities, auth.users;
  DROP SCHEMA auth;
END $do$;
