import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { EventRow, JsonObject } from '../log/event-row'
import type { Scope } from '../log/scope'
import type { Debate, EntryType, Phase, Speaker, Status } from './debate'
import { isWithin, SIDES_COLUMN, type StoredDebate, toDebate, toEntry } from './record'

/** A debate, and where its transcript stands, as of the same moment. */
export interface FoundDebate {
  readonly debate: Debate
  /** Of its newest entry; 0 where nothing has happened yet. */
  readonly lastEventId: number
  readonly now: Date
}

/** Null where there is no such debate, or none that may be seen in `scope`. */
export async function findDebate(
  db: Database,
  debateId: string,
  scope: Scope,
): Promise<FoundDebate | null> {
  const { rows } = await sql<StoredDebate & { last: number | null; now: Date }>`
    SELECT debates.*, ${SIDES_COLUMN}, clock_timestamp() AS now,
      (SELECT max(event_id) FROM debate_entries WHERE debate_id = debates.id) AS last
    FROM debates WHERE debates.id = ${debateId} AND ${isWithin(scope)}`.execute(db)
  const [stored] = rows
  return stored
    ? { debate: toDebate(stored), lastEventId: stored.last ?? 0, now: stored.now }
    : null
}

/** Those that go on first, then the newest. */
export async function listDebates(
  db: Database,
  scope: Scope,
  options: { limit: number; offset?: number; status?: Status; projectId?: number },
): Promise<Debate[]> {
  const { limit, offset = 0, status, projectId } = options
  const { rows } = await sql<StoredDebate>`
    SELECT debates.*, ${SIDES_COLUMN} FROM debates
    WHERE ${isWithin(scope)}
      AND ${status === undefined ? sql<boolean>`true` : sql<boolean>`status = ${status}`}
      AND ${projectId === undefined ? sql<boolean>`true` : sql<boolean>`project_id = ${projectId}`}
    ORDER BY status = 'complete', created_at DESC, id
    LIMIT ${limit} OFFSET ${offset}`.execute(db)
  return rows.map(toDebate)
}

/** The debates that an agent speaks in, newest first. */
export async function debatesOf(
  db: Database,
  agentId: number,
  limit: number,
): Promise<Pick<Debate, 'id' | 'title'>[]> {
  return db
    .selectFrom('debates')
    .select(['id', 'title'])
    .where('id', 'in', (side) =>
      side.selectFrom('debate_sides').select('debate_id').where('agent_id', '=', agentId),
    )
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
}

interface StoredEntry {
  id: number
  at: Date
  type: EntryType
  project_id: number
  agent_id: number | null
  debate_id: string
  data: JsonObject
}

/** Entries after the row `after` of the log, at most up to `through`, oldest first. */
export function entriesAfter(
  db: Database,
  debateIds: readonly string[],
  { after, through, limit }: { after: number; through: number; limit: number },
): Promise<EventRow[]> {
  return readEntries(
    db,
    sql<boolean>`entry.debate_id = ANY(${[...debateIds]}::uuid[])
      AND event_id > ${after} AND event_id <= ${through}`,
    sql`event_id LIMIT ${limit}`,
  )
}

/** The newest entries of a debate, oldest first. */
export async function newestEntries(
  db: Database,
  debateId: string,
  limit: number,
): Promise<EventRow[]> {
  const entries = await readEntries(
    db,
    sql<boolean>`entry.debate_id = ${debateId}`,
    sql`event_id DESC LIMIT ${limit}`,
  )
  return entries.reverse()
}

/** All of a debate, oldest first, and no more of it in memory than a page at a time. */
export async function* allEntries(db: Database, debateId: string): AsyncGenerator<EventRow> {
  const limit = 64
  let after = 0
  for (;;) {
    const through = Number.MAX_SAFE_INTEGER
    const page = await entriesAfter(db, [debateId], { after, through, limit })
    yield* page
    after = page.at(-1)?.id ?? after
    if (page.length < limit) return
  }
}

/** Its interventions and the answers to them, oldest first. */
export function interventionEntries(db: Database, debateId: string): Promise<EventRow[]> {
  return readEntries(
    db,
    sql<boolean>`entry.debate_id = ${debateId}
      AND entry.type IN ('intervention', 'intervention_response')`,
    sql`event_id`,
  )
}

/** The entry that has `value` under `key` in its data. */
export async function findEntry(
  db: Database,
  debateId: string,
  entry: { type: EntryType; key: 'utterance_id' | 'intervention_id'; value: string },
): Promise<EventRow | null> {
  const [found] = await readEntries(
    db,
    sql<boolean>`entry.debate_id = ${debateId} AND entry.type = ${entry.type}
      AND data->>${sql.lit(entry.key)} = ${entry.value}`,
    sql`event_id LIMIT 1`,
  )
  return found ?? null
}

/** Utterances in their order, and how many the filter selects in all. */
export async function listUtterances(
  db: Database,
  debateId: string,
  options: { offset: number; limit: number; speaker?: Speaker; phase?: Phase },
): Promise<{ rows: EventRow[]; total: number }> {
  const { offset, limit, speaker, phase } = options
  const tests = [sql<boolean>`entry.debate_id = ${debateId} AND entry.type = 'utterance'`]
  if (speaker) tests.push(sql`data->>'speaker' = ${speaker}`)
  if (phase) tests.push(sql`data->>'phase' = ${phase}`)
  const wanted = sql<boolean>`${sql.join(tests, sql` AND `)}`
  const counted = await sql<{ total: number }>`
    SELECT count(*) AS total FROM debate_entries AS entry WHERE ${wanted}`.execute(db)
  const rows = await readEntries(db, wanted, sql`event_id LIMIT ${limit} OFFSET ${offset}`)
  return { rows, total: counted.rows[0]?.total ?? 0 }
}

async function readEntries(
  db: Database,
  wanted: RawBuilder<boolean>,
  order: RawBuilder<unknown>,
): Promise<EventRow[]> {
  const { rows } = await sql<StoredEntry>`
    SELECT event_id AS id, at, type, debates.project_id, entry.agent_id, entry.debate_id, data
    FROM debate_entries AS entry JOIN debates ON debates.id = entry.debate_id
    WHERE ${wanted} ORDER BY ${order}`.execute(db)
  return rows.map(({ project_id, agent_id, debate_id, ...entry }) =>
    toEntry({ ...entry, projectId: project_id, agentId: agent_id, debateId: debate_id }),
  )
}
