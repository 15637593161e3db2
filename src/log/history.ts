import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'
import type { EventRow, Json } from './event-row'
import { type Scope, scopeSql } from './scope'
import { parseStoredData } from './stored-data'
import { toDate } from './stored-time'

/** The raw payload stays behind: streams and lists do not show it, and it can be large. */
export const ROW_COLUMNS_TEXT = `id, at, reported_at, type, project_id, agent_id, debate_id, turn_id,
  actor_id, target_id, target_type, state, summary, (data - 'payload')::text AS data`
/** The same for queries that are put together here. */
// A constant: the tail puts the same list into its prepared text.
export const ROW_COLUMNS = sql.raw(ROW_COLUMNS_TEXT)

/** A row as it comes from the database: its data is still text. */
export type StoredRow = Omit<Selectable<Schema['events']>, 'data'> & { data: string }

interface LogPage {
  /** Oldest first. */
  rows: EventRow[]
  /** Everything up to this id has been removed, or never was: a cursor before it has a hole. */
  trimmedThrough: number
  firstId: number
}

/**
 * Reads what follows `after`, at most up to `through`, oldest first. What is kept is read in the
 * same snapshot, so that a row removed in between cannot become a silent hole.
 */
export async function readAfter(
  db: Database,
  after: number,
  options: { through?: number; limit: number; where?: RawBuilder<boolean> },
): Promise<LogPage> {
  const { rows } = await sql<{ floor: [number, number]; page: StoredRow[] | null }>`
    SELECT (SELECT json_build_array(first_id, trimmed_through) FROM log_floor) AS floor,
      (SELECT json_agg(row ORDER BY id) FROM (
        SELECT ${ROW_COLUMNS} FROM events
        WHERE id > ${after} AND id <= ${options.through ?? Number.MAX_SAFE_INTEGER}
          AND ${options.where ?? sql`true`}
        ORDER BY id LIMIT ${options.limit}) AS row) AS page`.execute(db)
  const [firstId = 0, trimmedThrough = 0] = rows[0]?.floor ?? []
  return { rows: (rows[0]?.page ?? []).map(fromJsonRow), trimmedThrough, firstId }
}

/** Newest first; `before` and `through` bound the ids from above. */
export async function readNewest(
  db: Database,
  options: { limit: number; through?: number; before?: number; where?: RawBuilder<boolean> },
): Promise<EventRow[]> {
  const below = Math.min(
    options.before ?? Number.MAX_SAFE_INTEGER,
    (options.through ?? Number.MAX_SAFE_INTEGER - 1) + 1,
  )
  const { rows } = await sql<StoredRow>`
    SELECT ${ROW_COLUMNS} FROM events
    WHERE id < ${below} AND ${options.where ?? sql`true`}
    ORDER BY id DESC LIMIT ${options.limit}`.execute(db)
  return rows.map(toEventRow)
}

/** One event with the payload that it was made from; null if there is none, or not within `scope`. */
export async function findEvent(
  db: Database,
  id: number,
  scope: Scope,
): Promise<{ row: EventRow; payload: Json } | null> {
  const { rows } = await sql<StoredRow & { payload: Json }>`
    SELECT ${ROW_COLUMNS}, data->'payload' AS payload FROM events
    WHERE id = ${id} AND ${scopeSql(scope)}`.execute(db)
  const [stored] = rows
  return stored ? { row: toEventRow(stored), payload: stored.payload ?? null } : null
}

/** The newest id there is, and what is kept. */
export interface Bounds {
  readonly head: number
  readonly firstId: number
  /** Everything up to this id has been removed, or never was. */
  readonly trimmedThrough: number
}

export async function readBounds(db: Database): Promise<Bounds> {
  const { rows } = await sql<{ head: number; first_id: number; trimmed_through: number }>`
    SELECT greatest(trimmed_through, (SELECT max(id) FROM events)) AS head,
      first_id, trimmed_through FROM log_floor`.execute(db)
  const [bounds] = rows
  if (!bounds) throw new Error('The log has no floor: the table log_floor is empty')
  return { head: bounds.head, firstId: bounds.first_id, trimmedThrough: bounds.trimmed_through }
}

export function toEventRow(stored: StoredRow): EventRow {
  return {
    id: stored.id,
    at: toDate(stored.at),
    reportedAt: stored.reported_at && toDate(stored.reported_at),
    type: stored.type,
    projectId: stored.project_id,
    agentId: stored.agent_id,
    debateId: stored.debate_id,
    turnId: stored.turn_id,
    actorId: stored.actor_id,
    targetId: stored.target_id,
    targetType: stored.target_type,
    state: stored.state,
    summary: stored.summary,
    data: parseStoredData(stored.data),
  }
}

function fromJsonRow(row: StoredRow): EventRow {
  return toEventRow({
    ...row,
    at: new Date(row.at),
    reported_at: row.reported_at && new Date(row.reported_at),
  })
}
