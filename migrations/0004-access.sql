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

-- People, with their passwords and log-ins, in the tables of better-auth: user, account, session.
CREATE TABLE users (
  id text COLLATE "C" PRIMARY KEY,
  -- What they may log in with in place of the address.
  name text NOT NULL,
  email text NOT NULL,
  email_verified boolean NOT NULL DEFAULT false,
  image text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  role text NOT NULL DEFAULT 'viewer' CHECK (role IN ('viewer', 'member', 'admin')),
  -- Null: all projects, and what belongs to none. Empty: none.
  project_ids bigint[],
  disabled_at timestamptz,
  -- Somebody else has set the password: it opens nothing but the choice of another one.
  password_is_temporary boolean NOT NULL DEFAULT false,
  CONSTRAINT who_decides_about_others_sees_everything
    CHECK (project_ids IS NULL OR role <> 'admin')
);
CREATE UNIQUE INDEX users_by_name ON users (lower(name));
CREATE UNIQUE INDEX users_by_email ON users (lower(email));
-- Whoever logs in with the MUSTER_TOKEN. It has no password, and is shown nowhere.
INSERT INTO users (id, name, email, role) VALUES ('token', '', '', 'admin');

CREATE TABLE accounts (
  id text COLLATE "C" PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
  account_id text NOT NULL,
  provider_id text NOT NULL,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX accounts_by_user ON accounts (user_id);

-- Browsers that have logged in. `token` is a hash of the cookie under a secret: whoever reads this
-- table cannot make a cookie of it.
DROP TABLE sessions;
CREATE TABLE sessions (
  id text COLLATE "C" PRIMARY KEY,
  token text COLLATE "C" NOT NULL UNIQUE,
  user_id text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The last use, but for a minute.
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ip_address text,
  user_agent text
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The secret of cookies, where the configuration has none: the same for every process.
CREATE TABLE auth_secret (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  secret text NOT NULL
);
