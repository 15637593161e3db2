-- Tokens of machines. What is shown once to who made it is stored nowhere: `hash` is its SHA-256, of
-- 256 random bits.
CREATE TABLE tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  hash text COLLATE "C" NOT NULL UNIQUE,
  may text[] NOT NULL CHECK (may <@ ARRAY['report', 'read', 'admin'] AND cardinality(may) > 0),
  -- Null: all projects, and what belongs to none. Empty: none.
  project_ids bigint[],
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT who_decides_about_others_sees_everything
    CHECK (project_ids IS NULL OR NOT may @> ARRAY['admin'])
);
CREATE UNIQUE INDEX tokens_by_name ON tokens (lower(name)) WHERE revoked_at IS NULL;
