import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'
import { appendEvents } from '../log/append'
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
  /** Never a secret, nor a text field that one may have been typed into. */
  readonly data?: JsonObject
}

/** Writes a change of access into the log, at the end of the transaction that makes it. */
export function logAudit(trx: Kysely<Schema>, change: AccessChange): Promise<void> {
  return logAudits(trx, [change])
}

/** The same for several, in one statement. */
export async function logAudits(
  trx: Kysely<Schema>,
  changes: readonly AccessChange[],
): Promise<void> {
  await appendEvents(
    trx,
    changes.map(({ event, actor, target, summary, data = {} }) => ({
      type: `${ACCESS_TYPES}${event}`,
      actorId: actor,
      targetId: target?.id,
      targetType: target?.type,
      summary,
      data,
    })),
  )
}
