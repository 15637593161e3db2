-- How many sessions a project has, and when it was heard of last, without a look at the sessions.
CREATE INDEX agents_by_project_heard ON agents (project_id, heard_at) WHERE parent_id IS NULL;
