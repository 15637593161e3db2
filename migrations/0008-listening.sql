-- Since when somebody has been there to hear reports: silence before that says nothing about an agent.
-- One row for all processes, kept by the sweep under its lock; none before the first sweep.
CREATE TABLE listening (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  since timestamptz NOT NULL,
  seen_at timestamptz NOT NULL         -- the last sweep of any process
);
