-- What people decide about projects.
ALTER TABLE projects
  -- Sessions that have not been heard of since are out of sight.
  ADD COLUMN archived_at timestamptz,
  -- Its sessions and its rows count as those of another project; reports by its key go there.
  ADD COLUMN merged_into bigint REFERENCES projects;
CREATE INDEX projects_by_target ON projects (merged_into) WHERE merged_into IS NOT NULL;
