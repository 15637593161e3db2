import { sql } from 'kysely'
import type { Database } from '../db/connect'
import { allowsOf, LOCAL_GRANT_ID, sessionGrantId, tokenGrantId } from './grant'
import { rightsOfRole, TOKEN_USER } from './person'
import { ALL_RIGHTS, rightsOf } from './rights'

interface Row {
  kind: 'token' | 'session' | 'local'
  id: string
  may: string[]
  project_ids: number[] | null
}

/**
 * What each of these grants allows now, in one query; one that has ended is missing. The grant of the
 * person at the machine is there, asked for or not, as long as there are no accounts.
 */
export async function readGrants(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<Row>`
    SELECT 'token' AS kind, id::text, permissions AS may, project_ids FROM tokens
    WHERE id = ANY(${idsOf(ids, tokenGrantId(''))}::uuid[]) AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > clock_timestamp())
    UNION ALL
    SELECT 'session', token, ARRAY[role], project_ids
    FROM sessions JOIN users ON users.id = user_id
    WHERE token = ANY(${idsOf(ids, sessionGrantId(''))}::text[]) AND disabled_at IS NULL
      AND expires_at > clock_timestamp()
    UNION ALL
    SELECT 'local', '', '{}', NULL
    WHERE NOT EXISTS (SELECT FROM users WHERE id <> ${TOKEN_USER})`.execute(db)
  return new Map(rows.map(present))
}

function idsOf(ids: readonly string[], prefix: string): string[] {
  return ids.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length))
}

function present({ kind, id, may, project_ids }: Row): [id: string, allows: string] {
  if (kind === 'local') return [LOCAL_GRANT_ID, allowsOf(ALL_RIGHTS)]
  if (kind === 'token') return [tokenGrantId(id), allowsOf(rightsOf(may, project_ids))]
  return [sessionGrantId(id), allowsOf(rightsOfRole(may[0] ?? '', project_ids))]
}
