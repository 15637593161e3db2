-- What the metrics are read from, kept by the log itself like event_counts: no reader counts rows.

-- Since the beginning, so that "how many" costs the same after ten million events.
CREATE TABLE event_totals (
  project_id bigint NOT NULL,          -- 0: no project
  type text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (project_id, type)
);
INSERT INTO event_totals (project_id, type, count)
  SELECT project_id, type, sum(count) FROM event_counts GROUP BY 1, 2;

-- A day in 96 steps instead of 1,440.
CREATE TABLE event_quarters (
  quarter timestamptz NOT NULL,        -- the start of 15 minutes
  project_id bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (quarter, project_id, type)
);
INSERT INTO event_quarters (quarter, project_id, type, count)
  SELECT date_bin('15 minutes', minute, 'epoch'), project_id, type, sum(count)
  FROM event_counts GROUP BY 1, 2, 3;

-- What rows of the type usage_reported add up to. `source` is who counted: an agent can tell of the
-- same tokens twice, once for each request and once as a sum ('metric').
CREATE TABLE usage_minutes (
  minute timestamptz NOT NULL,
  project_id bigint NOT NULL,
  agent_id bigint NOT NULL,            -- 0: no agent
  model text COLLATE "C" NOT NULL,     -- empty: unknown
  source text COLLATE "C" NOT NULL,
  input_tokens numeric NOT NULL,
  output_tokens numeric NOT NULL,
  cache_read_tokens numeric NOT NULL,
  cache_creation_tokens numeric NOT NULL,
  cost_usd numeric NOT NULL,
  PRIMARY KEY (minute, project_id, agent_id, model, source)
);
CREATE TABLE usage_totals (
  project_id bigint NOT NULL,
  agent_id bigint NOT NULL,
  model text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  input_tokens numeric NOT NULL,
  output_tokens numeric NOT NULL,
  cache_read_tokens numeric NOT NULL,
  cache_creation_tokens numeric NOT NULL,
  cost_usd numeric NOT NULL,
  PRIMARY KEY (project_id, agent_id, model, source)
);
CREATE INDEX usage_totals_by_agent ON usage_totals (agent_id);

-- A figure of a report; 0 where there is none that can be meant, because whoever inserts by hand
-- must not stop the log.
CREATE FUNCTION usage_figure(data jsonb, name text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(data->name) = 'number' AND (data->>name)::numeric BETWEEN 0 AND 1e12
    THEN round((data->>name)::numeric, 12) ELSE 0 END
$$;

CREATE OR REPLACE FUNCTION events_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_counts AS counts (minute, project_id, type, count)
    SELECT date_trunc('minute', at), coalesce(project_id, 0), type, count(*)
    FROM inserted GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (minute, project_id, type) DO UPDATE SET count = counts.count + excluded.count;
  INSERT INTO event_quarters AS counts (quarter, project_id, type, count)
    SELECT date_bin('15 minutes', at, 'epoch'), coalesce(project_id, 0), type, count(*)
    FROM inserted GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (quarter, project_id, type) DO UPDATE SET count = counts.count + excluded.count;
  INSERT INTO event_totals AS counts (project_id, type, count)
    SELECT coalesce(project_id, 0), type, count(*)
    FROM inserted GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (project_id, type) DO UPDATE SET count = counts.count + excluded.count;
  IF EXISTS (SELECT FROM inserted WHERE type = 'usage_reported') THEN
    INSERT INTO usage_minutes AS sums
      SELECT date_trunc('minute', at), coalesce(project_id, 0), coalesce(agent_id, 0),
        coalesce(left(data->>'model', 200), ''), coalesce(left(data->>'source', 50), ''),
        sum(usage_figure(data, 'input_tokens')), sum(usage_figure(data, 'output_tokens')),
        sum(usage_figure(data, 'cache_read_tokens')),
        sum(usage_figure(data, 'cache_creation_tokens')), sum(usage_figure(data, 'cost_usd'))
      FROM inserted WHERE type = 'usage_reported'
      GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
      ON CONFLICT (minute, project_id, agent_id, model, source) DO UPDATE SET
        input_tokens = sums.input_tokens + excluded.input_tokens,
        output_tokens = sums.output_tokens + excluded.output_tokens,
        cache_read_tokens = sums.cache_read_tokens + excluded.cache_read_tokens,
        cache_creation_tokens = sums.cache_creation_tokens + excluded.cache_creation_tokens,
        cost_usd = sums.cost_usd + excluded.cost_usd;
    INSERT INTO usage_totals AS sums
      SELECT coalesce(project_id, 0), coalesce(agent_id, 0),
        coalesce(left(data->>'model', 200), ''), coalesce(left(data->>'source', 50), ''),
        sum(usage_figure(data, 'input_tokens')), sum(usage_figure(data, 'output_tokens')),
        sum(usage_figure(data, 'cache_read_tokens')),
        sum(usage_figure(data, 'cache_creation_tokens')), sum(usage_figure(data, 'cost_usd'))
      FROM inserted WHERE type = 'usage_reported'
      GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (project_id, agent_id, model, source) DO UPDATE SET
        input_tokens = sums.input_tokens + excluded.input_tokens,
        output_tokens = sums.output_tokens + excluded.output_tokens,
        cache_read_tokens = sums.cache_read_tokens + excluded.cache_read_tokens,
        cache_creation_tokens = sums.cache_creation_tokens + excluded.cache_creation_tokens,
        cost_usd = sums.cost_usd + excluded.cost_usd;
  END IF;
  PERFORM pg_notify('muster_events', '');
  RETURN NULL;
END $$;

-- What was used, each token once: where an agent told of its requests one by one, its sums say the
-- same again; and sums of nobody known cannot be told apart from the requests of somebody known.
CREATE VIEW usage_once AS
  SELECT used.* FROM usage_minutes AS used
  WHERE source <> 'metric' OR (agent_id <> 0 AND NOT EXISTS (
    SELECT FROM usage_totals AS told
    WHERE told.agent_id = used.agent_id AND told.source = 'request'));
CREATE VIEW usage_totals_once AS
  SELECT used.* FROM usage_totals AS used
  WHERE source <> 'metric' OR (agent_id <> 0 AND NOT EXISTS (
    SELECT FROM usage_totals AS told
    WHERE told.agent_id = used.agent_id AND told.source = 'request'));

-- Filters that somebody has saved under a name. The owner is what src/access/owner.ts calls whoever
-- looks; a view is nobody else's business.
CREATE TABLE saved_views (
  id uuid PRIMARY KEY,
  owner text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 50),
  filters jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (owner, name)
);
