import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'
import type { JsonObject } from '../log/event-row'
import { ACCESS_TYPES } from '../log/scope'

export type AccessEvent =
  | 'connection_ended'
  | 'logged_in'
  | 'logged_out'
  | 'login_failed'
  | 'password_changed'
  | 'password_reset'
  | 'token_changed'
  | 'token_created'
  | 'token_revoked'
  | 'user_changed'
  | 'user_created'
  | 'user_deleted'

interface AccessChange {
  readonly event: AccessEvent
  /** Who did it: `visitor.actor`. */
  readonly actor: string
  readonly target: { readonly type: 'connection' | 'token' | 'user'; readonly id: string } | null
  readonly summary: string
  /** Never a secret, nor anything that somebody may have typed one into. */
  readonly data?: JsonObject
}

/**
 * Writes a change of access into the log, in the transaction that makes it. It takes the log's lock,
 * so it must be the transaction's last statement.
 */
export function logAudit(trx: Kysely<Schema>, change: AccessChange): Promise<void> {
  return logAudits(trx, [change])
}

/** The same for several, in one statement. */
export async function logAudits(
  trx: Kysely<Schema>,
  changes: readonly AccessChange[],
): Promise<void> {
  if (changes.length === 0) return
  const rows = changes.map(({ event, actor, target, summary, data = {} }) => ({
    type: `${ACCESS_TYPES}${event}`,
    actor_id: actor,
    target_id: target?.id ?? null,
    target_type: target?.type ?? null,
    summary,
    data: JSON.stringify(data),
  }))
  await trx.insertInto('events').values(rows).execute()
}
