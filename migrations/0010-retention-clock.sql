-- How far the retention believes the database's clock: src/log/retention-clock.ts. One row for all
-- processes, kept under the retention's lock; none before the first run.
CREATE TABLE retention_clock (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- The database's clock at the last run.
  seen_at timestamptz NOT NULL,
  -- The time by which events were old then.
  believed_at timestamptz NOT NULL,
  -- For how long Muster has run since the two parted.
  doubted_ms double precision NOT NULL DEFAULT 0
);
