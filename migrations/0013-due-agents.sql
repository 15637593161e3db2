-- When the clock has to look at an agent again: only then can silence change anything about it.
ALTER TABLE agents ADD COLUMN due_at timestamptz;
UPDATE agents SET due_at = now()
  WHERE state IN ('commanded', 'processing', 'awaiting_input', 'complete');
-- Whoever inserts agents by hand need not know of it.
ALTER TABLE agents ALTER COLUMN due_at SET DEFAULT now();
CREATE INDEX agents_due ON agents (due_at, id)
  WHERE state IN ('commanded', 'processing', 'awaiting_input', 'complete');
DROP INDEX agents_in_motion;
