import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { rightsOf } from './rights'
import type { HeldToken } from './token-table'

/** So many can be seen and revoked in one list. */
export const MAX_TOKENS = 500
/** Those that are inserted by hand may be a few more. */
export const MAX_HELD = 2 * MAX_TOKENS

interface TokenRow {
  id: string
  hash: string
  permissions: string[]
  project_ids: number[] | null
  last_used_at: Date | null
  remaining_ms: number | null
}

/** Those that were not revoked and have not run out, by the database's clock. */
export function validTokens(db: Database) {
  return db
    .selectFrom('tokens')
    .select(['id', 'hash', 'permissions', 'project_ids', 'last_used_at'])
    .select(
      sql<number | null>`(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8`.as(
        'remaining_ms',
      ),
    )
    .where('revoked_at', 'is', null)
    .where((eb) =>
      eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`clock_timestamp()`)]),
    )
}

/** All of them, the oldest first. */
export async function readTokens(db: Database): Promise<HeldToken[]> {
  const rows = await validTokens(db).orderBy('created_at').limit(MAX_HELD).execute()
  return rows.map(toHeld)
}

export function toHeld(row: TokenRow): HeldToken {
  return {
    id: row.id,
    hash: row.hash,
    rights: rightsOf(row.permissions, row.project_ids),
    expiresAt: row.remaining_ms === null ? Number.POSITIVE_INFINITY : Date.now() + row.remaining_ms,
    lastUsedAt: row.last_used_at?.getTime() ?? 0,
  }
}
