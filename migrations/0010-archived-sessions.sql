-- What people decide about sessions.
ALTER TABLE agents
  -- Unless it has been heard of since, it is out of sight.
  ADD COLUMN archived_at timestamptz;
-- A session that goes is looked for here by the database.
CREATE INDEX agents_by_continued ON agents (continues_id) WHERE continues_id IS NOT NULL;
-- Sessions by age, for those who decide about them.
CREATE INDEX sessions_by_age ON agents (heard_at, id) WHERE parent_id IS NULL;
