import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { STATES } from '../log/state'
import type { Agent } from './agent'
import { type AgentFacts, sharedOverlays } from './card'
import { ENDED_SHOWN_MS, SILENT_SHOWN_MS } from './session-index'

const PAGE = 5_000
/** The last time that JavaScript knows. */
const LAST_MS = 8.64e15

interface FactsRow {
  id: number
  project_id: number
  parent_id: number | null
  continues_id: number | null
  state: string
  overlays: string[]
  state_since: Date | number
  last_seen_at: Date | number
  archived_at: Date | number | null
  asks: [first: number | null, last: number | null] | null
}

/** Only waiting sessions have open asks: reading all memories would take seconds. */
const COLUMNS = sql`id, project_id, parent_id, continues_id, state, overlays, state_since, last_seen_at,
  archived_at, CASE WHEN state = 'awaiting_input' THEN (
    SELECT json_build_array(min(at::float8), max(at::float8))
    FROM jsonb_path_query(memory, '$.asks[*].openedAt ? (@.type() == "number")') AS at) END AS asks`

/** What is known of these agents and of their parents; of those that there are. */
export async function readFacts(db: Database, ids: readonly number[]): Promise<AgentFacts[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<FactsRow>`
    SELECT ${COLUMNS} FROM agents WHERE id = ANY(${[...ids]}::bigint[])
      OR id IN (SELECT parent_id FROM agents WHERE id = ANY(${[...ids]}::bigint[]))`.execute(db)
  return rows.map(toFacts)
}

/** All agents that a page can show at `now`, a few thousand at a time. */
export async function* readAllFacts(db: Database, now: number): AsyncIterable<AgentFacts[]> {
  for (let after = 0; ; ) {
    const { rows } = await sql<FactsRow>`
      SELECT ${COLUMNS} FROM agents
      WHERE id > ${after} AND last_seen_at > ${new Date(now - SILENT_SHOWN_MS)}
        AND (state <> 'ended' OR state_since > ${new Date(now - ENDED_SHOWN_MS)})
      ORDER BY id LIMIT ${PAGE}`.execute(db)
    yield rows.map(toFacts)
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.id
  }
}

/** The same of an agent that was read whole. */
export function factsOf(agent: Agent): AgentFacts {
  const isAsking = agent.state === 'awaiting_input'
  const asks = isAsking ? (agent.memory.asks ?? []).map(({ openedAt }) => openedAt) : []
  return {
    id: agent.id,
    projectId: agent.projectId,
    parentId: agent.parentId,
    continuesId: agent.continuesId,
    state: agent.state,
    overlays: sharedOverlays(agent.overlays),
    stateSince: toMs(agent.stateSince),
    lastSeenAt: toMs(agent.lastSeenAt),
    archivedAt: agent.archivedAt === null ? null : toMs(agent.archivedAt),
    firstAskAt: asks.length > 0 ? Math.min(...asks) : null,
    lastAskAt: asks.length > 0 ? Math.max(...asks) : null,
  }
}

function toFacts(row: FactsRow): AgentFacts {
  const [firstAskAt, lastAskAt] = row.asks ?? [null, null]
  return {
    id: row.id,
    projectId: row.project_id,
    parentId: row.parent_id,
    continuesId: row.continues_id,
    state: STATES.find((state) => state === row.state) ?? 'idle',
    overlays: sharedOverlays(row.overlays),
    stateSince: toMs(row.state_since),
    lastSeenAt: toMs(row.last_seen_at),
    archivedAt: row.archived_at === null ? null : toMs(row.archived_at),
    firstAskAt,
    lastAskAt,
  }
}

/** Rows written by hand in psql may hold times that no Date can; sorting needs a number. */
function toMs(time: Date | number): number {
  const ms = Number(time)
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), LAST_MS)
}
