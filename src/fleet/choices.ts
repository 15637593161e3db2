import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/connect'
import { ACCESS_TYPES, type Scope } from '../log/scope'

/** What a filter can be set to, and what it is called. */
export interface Choice {
  readonly value: string
  readonly label: string
}

export const CHOICE_FIELDS = ['project', 'agent', 'type'] as const
export type ChoiceField = (typeof CHOICE_FIELDS)[number]

const MAX_CHOICES = 20
/** Only the newest are searched; older ones are reached by their address. */
const MAX_SEARCHED = 5_000

/**
 * What a filter's field can be set to among what may be seen, whose name has `text` in it: those that
 * begin with it first, at most MAX_CHOICES. An empty text finds all.
 */
export async function findChoices(
  db: Database,
  field: ChoiceField,
  text: string,
  scope: Scope,
): Promise<readonly Choice[]> {
  const { rows } = await queryOf(field, text.toLowerCase(), scope).execute(db)
  return rows
}

function queryOf(field: ChoiceField, text: string, scope: Scope): RawBuilder<Choice> {
  if (field === 'project') return projectsWith(text, scope)
  return field === 'agent' ? sessionsWith(text, scope) : typesWith(text, scope)
}

function projectsWith(text: string, { projectIds }: Scope): RawBuilder<Choice> {
  const visible =
    projectIds === null ? sql`true` : sql`projects.id = ANY(${[...projectIds]}::bigint[])`
  return sql<Choice>`
    SELECT slug AS value, name AS label FROM (
      SELECT id, slug, name FROM projects
      WHERE merged_into IS NULL AND ${visible} AND (projects.archived_at IS NULL OR EXISTS (
        SELECT FROM agents
        WHERE project_id = projects.id AND last_seen_at > projects.archived_at))
      ORDER BY id DESC LIMIT ${MAX_SEARCHED * 4}) AS newest
    WHERE position(${text} in lower(name)) > 0 OR position(${text} in slug) > 0
    ORDER BY NOT starts_with(lower(name), ${text}), lower(name), id LIMIT ${MAX_CHOICES}`
}

/** The sessions that were heard of last, without those that were put away. */
function sessionsWith(text: string, { projectIds }: Scope): RawBuilder<Choice> {
  const columns = sql`id, last_seen_at, name, coalesce(nullif(title, ''), memory->>'lastPrompt', '') AS title`
  const shown = sql`parent_id IS NULL AND (archived_at IS NULL OR last_seen_at > archived_at)`
  const newest =
    projectIds === null
      ? sql`SELECT ${columns} FROM agents WHERE ${shown}
          ORDER BY last_seen_at DESC, id DESC LIMIT ${MAX_SEARCHED}`
      : sql`SELECT own.* FROM unnest(${[...projectIds]}::bigint[]) AS project (id),
          LATERAL (SELECT ${columns} FROM agents WHERE project_id = project.id AND ${shown}
            ORDER BY last_seen_at DESC LIMIT ${Math.ceil(MAX_SEARCHED / Math.max(1, projectIds.length))}
          ) AS own`
  return sql<Choice>`
    SELECT id::text AS value, trim(concat(name, ' ', title)) AS label FROM (${newest}) AS newest
    WHERE position(${text} in lower(concat(name, ' ', title))) > 0 OR starts_with(id::text, ${text})
    ORDER BY NOT starts_with(lower(name), ${text}), last_seen_at DESC, id DESC LIMIT ${MAX_CHOICES}`
}

/** The log is asked for the next type after the last, not for all its rows. */
function typesWith(text: string, { projectIds, seesAccess }: Scope): RawBuilder<Choice> {
  const known =
    projectIds === null
      ? sql`WITH RECURSIVE known (type, count) AS (
          (SELECT type, 1 FROM events ORDER BY type LIMIT 1)
          UNION ALL
          SELECT next.type, known.count + 1 FROM known, LATERAL (
            SELECT type FROM events WHERE type > known.type ORDER BY type LIMIT 1) AS next
          WHERE known.count < ${MAX_SEARCHED})`
      : sql`WITH known AS (
          SELECT DISTINCT type FROM (
            SELECT type FROM event_totals WHERE project_id = ANY(${[...projectIds]}::bigint[])
            LIMIT ${MAX_SEARCHED * 10}) AS counted)`
  return sql<Choice>`
    ${known} SELECT type AS value, type AS label FROM known
    WHERE position(${text} in type) > 0
      AND (${seesAccess} OR NOT starts_with(type, ${ACCESS_TYPES}))
    ORDER BY NOT starts_with(type, ${text}), type LIMIT ${MAX_CHOICES}`
}
