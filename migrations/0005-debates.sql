-- Debates between agents. The row of a debate is its state at this moment; whoever changes it holds
-- the row's lock, so that nothing is said in between a pause and what it interrupts.

CREATE TABLE debates (
  id uuid PRIMARY KEY,
  project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
  title text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'paused', 'complete')),
  phase text NOT NULL CHECK (phase IN ('phase_1_opening', 'phase_2_constructive',
    'phase_3_crossexam', 'phase_4_rebuttal', 'phase_5_closing', 'phase_6_synthesis')),
  speaker text NOT NULL CHECK (speaker IN ('pro', 'con', 'moderator', 'user')),
  -- How many utterances there have been.
  turn_number integer NOT NULL DEFAULT 0,
  intervention_count integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  -- When the pause began that it is in.
  paused_at timestamptz,
  -- How long the pauses were that are over.
  paused_ms bigint NOT NULL DEFAULT 0,
  completed_at timestamptz,
  CHECK ((status = 'paused') = (paused_at IS NOT NULL)),
  CHECK ((status = 'complete') = (completed_at IS NOT NULL))
);
CREATE INDEX debates_by_project ON debates (project_id, created_at DESC);
-- The order of the list: those that go on first.
CREATE INDEX debates_in_order ON debates ((status = 'complete'), created_at DESC, id);

-- What each side stands for, and who of the fleet speaks for it.
CREATE TABLE debate_sides (
  debate_id uuid NOT NULL REFERENCES debates ON DELETE CASCADE,
  speaker text NOT NULL CHECK (speaker IN ('pro', 'con', 'moderator')),
  position text NOT NULL DEFAULT '',
  agent_id bigint REFERENCES agents ON DELETE SET NULL,
  PRIMARY KEY (debate_id, speaker)
);
CREATE INDEX debate_sides_by_agent ON debate_sides (agent_id) WHERE agent_id IS NOT NULL;

-- The transcript: every utterance, and everything else that happened, in the order of the log. It
-- has a table of its own, without a reference to the log, which keeps its rows for a time only.
CREATE TABLE debate_entries (
  event_id bigint PRIMARY KEY,
  debate_id uuid NOT NULL REFERENCES debates ON DELETE CASCADE,
  at timestamptz NOT NULL,
  type text NOT NULL CHECK (type IN ('utterance', 'phase_transition', 'intervention',
    'intervention_response', 'pause', 'resume', 'complete')),
  agent_id bigint REFERENCES agents ON DELETE SET NULL,
  -- The same as in the log: src/debates/wire.ts.
  data jsonb NOT NULL
);
CREATE INDEX debate_entries_in_order ON debate_entries (debate_id, event_id);
CREATE INDEX debate_entries_by_agent ON debate_entries (agent_id) WHERE agent_id IS NOT NULL;
-- An utterance or an intervention that is sent twice counts once, and each is answered once.
CREATE UNIQUE INDEX debate_utterances ON debate_entries (debate_id, (data->>'utterance_id'))
  WHERE type = 'utterance';
CREATE UNIQUE INDEX debate_interventions ON debate_entries (debate_id, (data->>'intervention_id'))
  WHERE type = 'intervention';
CREATE UNIQUE INDEX debate_responses ON debate_entries (debate_id, (data->>'intervention_id'))
  WHERE type = 'intervention_response';
CREATE UNIQUE INDEX debate_ends ON debate_entries (debate_id) WHERE type = 'complete';

CREATE INDEX events_by_debate ON events (debate_id, id) WHERE debate_id IS NOT NULL;
