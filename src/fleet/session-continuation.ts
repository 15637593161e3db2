import { type Kysely, sql } from 'kysely'
import type { Schema } from '../db/schema'
import type { AgentRecordUpdate } from './changes'

const CLEARED_WITHIN_MS = 60_000

/**
 * The session that `agent` goes on from: the one of its project that was cleared last, within a
 * minute, and that no other one goes on from. `drafts` are newer than what is stored.
 */
export async function findContinuedSessions(
  trx: Kysely<Schema>,
  agent: AgentRecordUpdate,
  drafts: Iterable<AgentRecordUpdate>,
  at: number,
): Promise<number | null> {
  if (at - agent.discovered_at.getTime() > CLEARED_WITHIN_MS) return null
  const since = at - CLEARED_WITHIN_MS
  const candidates = await readCleared(trx, agent.project_id, new Date(since))
  const taken = new Set<number>([agent.id])
  for (const draft of drafts) {
    if (draft.continues_id !== null) taken.add(draft.continues_id)
    candidates.delete(draft.id)
    const { ended } = draft.memory
    const isNear = draft.project_id === agent.project_id && draft.parent_id === null
    if (isNear && ended?.reason === 'clear' && ended.at >= since) {
      candidates.set(draft.id, ended.at)
    }
  }
  const free = [...candidates].filter(([id]) => !taken.has(id))
  const [newest] = free.sort(([idA, atA], [idB, atB]) => atB - atA || idB - idA)
  return newest?.[0] ?? null
}

/** Ids, and when they were cleared. */
async function readCleared(trx: Kysely<Schema>, projectId: number, since: Date) {
  const { rows } = await sql<{ id: number; ended_at: number }>`
    SELECT id, (memory->'ended'->>'at')::float8 AS ended_at FROM agents
    WHERE project_id = ${projectId} AND parent_id IS NULL AND state = 'ended'
      AND memory->'ended'->>'reason' = 'clear' AND state_since > ${since}
      AND NOT EXISTS (SELECT FROM agents later WHERE later.continues_id = agents.id)`.execute(trx)
  return new Map(rows.map((row) => [row.id, row.ended_at]))
}
