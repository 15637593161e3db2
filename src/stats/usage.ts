import { sql } from 'kysely'
import type { Database } from '../db/connect'
import type { EventFilter } from '../filter/filter'
import { sumsSql } from '../filter/sql'

/** Reported tokens and money; 0 where none was reported. */
export interface Usage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_read_tokens: number
  readonly cache_creation_tokens: number
  readonly cost_usd: number
}

/** The sums of a query over rows of usage, as numbers that JSON can print. */
export const USAGE_SUMS = sql<Usage>`
  coalesce(sum(input_tokens), 0)::float8 AS input_tokens,
  coalesce(sum(output_tokens), 0)::float8 AS output_tokens,
  coalesce(sum(cache_read_tokens), 0)::float8 AS cache_read_tokens,
  coalesce(sum(cache_creation_tokens), 0)::float8 AS cache_creation_tokens,
  round(coalesce(sum(cost_usd), 0), 6)::float8 AS cost_usd`

/**
 * Everything that was ever used by the agents and projects of the filter. Its types and states say
 * nothing about tokens: an agent's are those of all that it did.
 */
export async function readUsage(db: Database, filter: EventFilter): Promise<Usage> {
  const { rows } = await sql<Usage>`
    SELECT ${USAGE_SUMS} FROM usage_totals_deduplicated
    WHERE ${sumsSql(filter, 'usage')}`.execute(db)
  return rows[0] ?? NO_USAGE
}

const NO_USAGE: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_creation_tokens: 0,
  cost_usd: 0,
}
