-- What pages narrow the log to: each filter alone, and each pair of them, newest first. A project, an
-- agent or a type alone has an index since 0001. Without these, a value that few rows have, or a pair
-- that hardly occurs together, is looked for from the newest row back to the first.
CREATE INDEX events_by_state ON events (state, id DESC);
CREATE INDEX events_by_project_state ON events (project_id, state, id DESC);
CREATE INDEX events_by_project_type ON events (project_id, type, id DESC);
CREATE INDEX events_by_type_state ON events (type, state, id DESC);
CREATE INDEX events_by_agent_state ON events (agent_id, state, id DESC);
CREATE INDEX events_by_agent_type ON events (agent_id, type, id DESC);
CREATE INDEX events_by_project_agent ON events (project_id, agent_id, id DESC);
