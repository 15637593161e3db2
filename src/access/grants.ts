import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { allowsOf, sessionGrantId, tokenGrantId } from './grant'
import { ALL_RIGHTS, rightsOf } from './visitor'

interface Row {
  kind: 'token' | 'session'
  id: string
  may: string[] | null
  project_ids: number[] | null
}

/** What each of these grants allows now, in one query; one that has ended is missing. */
export async function lookAtGrants(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<Row>`
    SELECT 'token' AS kind, id::text, may, project_ids FROM tokens
    WHERE id = ANY(${idsOf(ids, tokenGrantId(''))}::uuid[]) AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > clock_timestamp())
    UNION ALL
    SELECT 'session', id, NULL, NULL FROM sessions
    WHERE id = ANY(${idsOf(ids, sessionGrantId(''))}::text[]) AND revoked_at IS NULL
      AND expires_at > clock_timestamp()`.execute(db)
  return new Map(rows.map((row) => [grantIdOf(row), allowsOf(rightsIn(row))]))
}

function idsOf(ids: readonly string[], prefix: string): string[] {
  return ids.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length))
}

function grantIdOf({ kind, id }: Row): string {
  return kind === 'token' ? tokenGrantId(id) : sessionGrantId(id)
}

function rightsIn({ kind, may, project_ids }: Row) {
  return kind === 'token' ? rightsOf(may ?? [], project_ids) : ALL_RIGHTS
}
