-- Who reports: projects, and the sessions of agents in them.

CREATE TABLE projects (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  slug text NOT NULL UNIQUE,
  name text NOT NULL,
  host text,
  path text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE agents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL REFERENCES projects,
  parent_id bigint REFERENCES agents,
  -- The session that this one went on from after its context was cleared: the same card.
  continues_id bigint REFERENCES agents,
  reporter text NOT NULL,
  -- Compared byte by byte, so that every process locks rows in the same order.
  key text COLLATE "C" NOT NULL UNIQUE,
  session_id text NOT NULL,
  name text NOT NULL,
  title text NOT NULL DEFAULT '',
  agent_type text,
  model text,
  discovered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  heard_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN
    ('idle', 'commanded', 'processing', 'awaiting_input', 'complete', 'errored', 'ended')),
  state_since timestamptz NOT NULL,
  confirmed_at timestamptz NOT NULL,
  confirmed_by text NOT NULL CHECK (confirmed_by IN ('hook', 'report', 'timer')),
  overlays text[] NOT NULL DEFAULT '{}',
  -- What the state machine remembers of the session: src/fleet/machine/memory.ts.
  memory jsonb NOT NULL
);
CREATE INDEX agents_by_project ON agents (project_id, heard_at DESC);
CREATE INDEX agents_by_parent ON agents (parent_id) WHERE parent_id IS NOT NULL;
-- What the clock has to look at.
CREATE INDEX agents_in_motion ON agents (id)
  WHERE state IN ('commanded', 'processing', 'awaiting_input', 'complete');

CREATE TABLE turns (
  id uuid PRIMARY KEY,
  agent_id bigint NOT NULL REFERENCES agents,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  outcome text CHECK (outcome IN ('complete', 'errored', 'interrupted')),
  error text,
  prompt text NOT NULL DEFAULT '',
  prompt_id text
);
CREATE INDEX turns_by_agent ON turns (agent_id, opened_at DESC);

-- A report with a key that is in here was stored before.
CREATE TABLE report_keys (
  project_id bigint NOT NULL REFERENCES projects,
  key text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (project_id, key)
);
CREATE INDEX report_keys_by_age ON report_keys (at);

-- The log. A row is written once and never changed; `id` is the only cursor there is.

CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reported_at timestamptz,
  type text NOT NULL CHECK (type ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  project_id bigint REFERENCES projects,
  agent_id bigint REFERENCES agents,
  debate_id uuid,
  turn_id uuid,
  actor_id text,
  target_id text,
  target_type text,
  state text,
  summary text NOT NULL DEFAULT '',
  data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(data) = 'object')
);
CREATE INDEX events_by_project ON events (project_id, id DESC);
CREATE INDEX events_by_agent ON events (agent_id, id DESC);
CREATE INDEX events_by_type ON events (type, id DESC);
CREATE INDEX events_by_turn ON events (turn_id, id) WHERE turn_id IS NOT NULL;

-- Everything up to `trimmed_through` is gone, or was never in this database: the ids start at the
-- Unix time in milliseconds, so that a database made anew never gives out an old one's ids.
CREATE TABLE log_floor (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  first_id bigint NOT NULL,
  trimmed_through bigint NOT NULL
);

DO $$
DECLARE start_id bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
BEGIN
  EXECUTE format('ALTER TABLE events ALTER COLUMN id RESTART WITH %s', start_id);
  INSERT INTO log_floor (first_id, trimmed_through) VALUES (start_id, start_id - 1);
END $$;

-- Counts for people who ask "how much", kept by the log itself so that no reader has to count rows.
CREATE TABLE event_counts (
  minute timestamptz NOT NULL,
  project_id bigint NOT NULL,          -- 0: no project
  type text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (minute, project_id, type)
);

-- Commit order is id order. A reader of `id > cursor` must never see a row appear behind its cursor,
-- so whoever inserts holds one lock from before its first id is drawn until its commit. That takes
-- a trigger per statement: a trigger per row runs after the row's default has been computed.
-- Whoever forgets an open transaction is cut off after two seconds, or nobody could write.
CREATE FUNCTION events_in_commit_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('idle_in_transaction_session_timeout', '2s', true);
  PERFORM pg_advisory_xact_lock(hashtext('muster.events'));
  RETURN NULL;
END $$;
CREATE TRIGGER in_commit_order BEFORE INSERT ON events
  FOR EACH STATEMENT EXECUTE FUNCTION events_in_commit_order();

-- The notice is empty: it says that there is something to read, the log says what.
CREATE FUNCTION events_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_counts AS counts (minute, project_id, type, count)
    SELECT date_trunc('minute', at), coalesce(project_id, 0), type, count(*)
    FROM inserted GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (minute, project_id, type) DO UPDATE SET count = counts.count + excluded.count;
  PERFORM pg_notify('muster_events', '');
  RETURN NULL;
END $$;
CREATE TRIGGER inserted AFTER INSERT ON events REFERENCING NEW TABLE AS inserted
  FOR EACH STATEMENT EXECUTE FUNCTION events_inserted();
