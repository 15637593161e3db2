-- The open streams of each process, for administrators, who see and end them. Each process keeps rows
-- of its own; those of a process that died go with its row in `processes`. Unlogged: a crash of the
-- database empties both tables, and each process writes its rows anew.
CREATE UNLOGGED TABLE processes (
  id uuid PRIMARY KEY,
  name text NOT NULL,                  -- host and number of the process
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE UNLOGGED TABLE connections (
  id uuid PRIMARY KEY,
  process_id uuid NOT NULL REFERENCES processes ON DELETE CASCADE,
  family text NOT NULL,
  visitor text NOT NULL,               -- as actor_id in the log
  address text NOT NULL,
  reads text NOT NULL,                 -- path and query of the request, cut
  opened_at timestamptz NOT NULL,
  ended_by text                        -- actor_id of the administrator who ends it; its process does that
);
CREATE INDEX connections_process ON connections (process_id);
CREATE INDEX connections_newest ON connections (opened_at DESC, id DESC);
