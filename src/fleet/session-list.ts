import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { State } from '../log/state'

export interface ListedSession {
  readonly id: number
  readonly name: string
  /** What it is about; empty where that is not known. */
  readonly title: string
  readonly sessionId: string
  readonly state: State
  readonly projectName: string
  readonly lastSeenAt: Date
  /** Null where it is in sight: it was not archived, or was heard of since. */
  readonly archivedAt: Date | null
  readonly place: string
}

export interface SessionFilter {
  /** Null: any. */
  readonly projectId: number | null
  /** Not heard of for so many days; null: whenever. */
  readonly silentDays: number | null
  /** Null: those in sight and those that are archived. */
  readonly isArchived: boolean | null
}

interface SessionPage {
  /** Those that were heard of last come first. */
  readonly sessions: readonly ListedSession[]
  /** The place after which there are more; null: there are none. */
  readonly next: string | null
}

const SESSIONS_PER_PAGE = 100
/** Microseconds, as exact as the database's times are, and the id. */
const PLACE = /^\d{1,17}-[1-9]\d{0,15}$/

export function isPlace(text: string): boolean {
  return PLACE.test(text)
}

/** Sessions without subagents, at most a hundred, after a place that an earlier page has named. */
export async function listSessions(
  db: Database,
  filter: SessionFilter,
  after: string | null = null,
): Promise<SessionPage> {
  const { rows } = await sql<ListedSession>`
    SELECT agents.id, agents.name, agents.session_id AS "sessionId", agents.state,
      coalesce(nullif(agents.title, ''), agents.memory->>'lastPrompt', '') AS title,
      projects.name AS "projectName",
      agents.last_seen_at AS "lastSeenAt",
      CASE WHEN ${IS_ARCHIVED} THEN agents.archived_at END AS "archivedAt",
      ${MICROSECONDS}::text || '-' || agents.id AS place
    FROM agents JOIN projects ON projects.id = agents.project_id
    WHERE ${selects(filter)} AND ${isAfter(after)}
    ORDER BY agents.last_seen_at DESC, agents.id DESC LIMIT ${SESSIONS_PER_PAGE + 1}`.execute(db)
  const sessions = rows.slice(0, SESSIONS_PER_PAGE)
  return { sessions, next: rows.length > sessions.length ? (sessions.at(-1)?.place ?? null) : null }
}

/** How many sessions the filter selects. */
export async function countSessions(db: Database, filter: SessionFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM agents WHERE ${selects(filter)}`.execute(db)
  return rows[0]?.count ?? 0
}

/** Of the ids, at most `limit`, those that were heard of first. */
export async function oldestSessions(
  db: Database,
  filter: SessionFilter,
  limit: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT agents.id FROM agents
    WHERE ${selects(filter)} ORDER BY agents.last_seen_at, agents.id LIMIT ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

const MICROSECONDS = sql`(extract(epoch FROM agents.last_seen_at) * 1000000)::bigint`
const IS_ARCHIVED = sql`(agents.archived_at IS NOT NULL AND agents.last_seen_at <= agents.archived_at)`

function selects({ projectId, silentDays, isArchived }: SessionFilter): RawBuilder<unknown> {
  const conditions = [sql`agents.parent_id IS NULL`]
  if (projectId !== null) conditions.push(sql`agents.project_id = ${projectId}`)
  if (silentDays !== null) {
    conditions.push(
      sql`agents.last_seen_at < statement_timestamp() - make_interval(days => ${silentDays})`,
    )
  }
  if (isArchived !== null) conditions.push(sql`${IS_ARCHIVED} = ${isArchived}`)
  return sql.join(conditions, sql` AND `)
}

function isAfter(place: string | null): RawBuilder<unknown> {
  if (place === null) return sql`true`
  const [microseconds, id] = place.split('-')
  return sql`(agents.last_seen_at, agents.id) <
    (to_timestamp(0) + make_interval(secs => 0.000001) * ${microseconds}::bigint, ${id}::bigint)`
}
