import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../db/schema'

/** The ids of these sessions and of their subagents. */
export async function familyOf(db: Kysely<Schema>, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM agents WHERE id = ANY(${[...ids]}::bigint[])
    UNION SELECT id FROM agents WHERE parent_id = ANY(${[...ids]}::bigint[])`.execute(db)
  return rows.map(({ id }) => id)
}

/** The same, and the sessions that these went on from with theirs: all that have been the same card. */
export async function cardsOf(db: Kysely<Schema>, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<{ id: number }>`
    WITH RECURSIVE card (id, continues_id) AS (
      SELECT id, continues_id FROM agents WHERE id = ANY(${[...ids]}::bigint[])
      UNION
      SELECT agents.id, agents.continues_id FROM card JOIN agents ON agents.id = card.continues_id
    )
    SELECT id FROM card`.execute(db)
  return familyOf(
    db,
    rows.map(({ id }) => id),
  )
}

/** Was not heard of for so many days, by the database's clock. */
export function isSilent(days: number): RawBuilder<boolean> {
  return sql<boolean>`last_seen_at < statement_timestamp() - make_interval(days => ${days})`
}
