-- Browsers in which somebody has shown the token. The id is a hash of the cookie under the token:
-- whoever reads this table can neither make a cookie of it nor learn the token, and a session does
-- not outlive a change of the token.
CREATE TABLE sessions (
  id text COLLATE "C" PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
