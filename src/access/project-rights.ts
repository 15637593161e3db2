import { type Kysely, sql } from 'kysely'
import type { Schema } from '../db/schema'
import { logAudits } from './access-log'
import { TOKEN_USER } from './person'

/** Whom a merger of projects lets see more; what src/fleet/project-rights.ts asks for. */
interface RightsChange {
  readonly type: 'token' | 'user'
  readonly id: string
  readonly name: string
  readonly projectIdsBefore: readonly number[]
  readonly projectIdsAfter: readonly number[]
}

interface Merger {
  readonly id: number
  readonly intoId: number
}

interface Row {
  type: 'token' | 'user'
  id: string
  name: string
  project_ids: number[]
  /** A token that was revoked or has run out sees nothing, before and after. */
  is_valid: boolean
}

/**
 * What a merger does to tokens and accounts that are bound to projects. One bound to either of the two
 * sees both from then on: the source counts as the target, and its rows as rows of that.
 */
export const projectRights = {
  async merge(trx: Kysely<Schema>, merger: Merger): Promise<RightsChange[]> {
    const rows = await lockBound(trx, merger)
    await rebind(trx, merger)
    return rows.filter(({ is_valid }) => is_valid).flatMap((row) => changeOf(row, merger))
  },

  async note(
    trx: Kysely<Schema>,
    changes: readonly RightsChange[],
    { id, intoId, actor }: Merger & { readonly actor: string },
  ): Promise<void> {
    await logAudits(
      trx,
      changes.map(({ type, name, projectIdsBefore, projectIdsAfter, ...change }) => ({
        event: type === 'token' ? 'token_changed' : 'user_changed',
        actor,
        target: { type, id: change.id },
        summary: `${type === 'token' ? `Token “${name}”` : name} sees two projects that were merged`,
        data: {
          name,
          reason: 'projects_merged',
          merged_project_id: id,
          into_project_id: intoId,
          project_ids_before: [...projectIdsBefore],
          project_ids: [...projectIdsAfter],
        },
      })),
    )
  },
}

/** Accounts first and in their order, as changes of accounts lock them. */
async function lockBound(trx: Kysely<Schema>, { id, intoId }: Merger): Promise<Row[]> {
  const both = sql`ARRAY[${id}, ${intoId}]::bigint[]`
  const users = await sql<Row>`
    SELECT 'user' AS type, id, name, project_ids, true AS is_valid FROM users
    WHERE project_ids && ${both} AND id <> ${TOKEN_USER} ORDER BY id FOR UPDATE`.execute(trx)
  const tokens = await sql<Row>`
    SELECT 'token' AS type, id::text, name, project_ids,
      revoked_at IS NULL AND coalesce(expires_at > clock_timestamp(), true) AS is_valid
    FROM tokens WHERE project_ids && ${both} ORDER BY id FOR UPDATE`.execute(trx)
  return [...users.rows, ...tokens.rows]
}

async function rebind(trx: Kysely<Schema>, { id, intoId }: Merger): Promise<void> {
  for (const table of [sql`users`, sql`tokens`]) {
    await sql`
      UPDATE ${table} SET project_ids = ARRAY(
        SELECT DISTINCT CASE WHEN bound = ${id} THEN ${intoId} ELSE bound END
        FROM unnest(project_ids) AS bound)
      WHERE ${id} = ANY(project_ids)`.execute(trx)
  }
}

function changeOf({ type, id, name, project_ids }: Row, merger: Merger): RightsChange[] {
  const projectIdsBefore = sorted(project_ids)
  const projectIdsAfter = sorted([...project_ids, merger.id, merger.intoId])
  if (projectIdsAfter.length === projectIdsBefore.length) return []
  return [{ type, id, name, projectIdsBefore, projectIdsAfter }]
}

function sorted(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b)
}
