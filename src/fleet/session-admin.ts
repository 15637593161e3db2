import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import { retryConflicts } from '../db/retry-conflicts'
import type { AgentRecord, Schema } from '../db/schema'
import { BadInput } from '../errors/app-error'
import { appendEvents, type NewEvent } from '../log/append'
import { removeSessions } from './remove-sessions'
import {
  isArchived,
  SESSION_CHANGED,
  type SessionChange,
  sessionChangeData,
} from './session-change'
import { cardsOf, isSilent } from './session-family'

type Session = Pick<
  AgentRecord,
  'id' | 'project_id' | 'session_id' | 'name' | 'state' | 'archived_at' | 'last_seen_at'
>

/**
 * What people decide about sessions, each with its subagents. Each is a row of the log that names
 * the actor; false for a session that there is not. Throws BadInput for a subagent.
 */
export class SessionAdmin {
  constructor(private readonly db: Database) {}

  /** Puts it away until it is heard of again. */
  archive(id: number, actorId: string): Promise<boolean> {
    return this.change(id, async (trx, session) => {
      if (isArchivedRow(session)) return
      await setArchived(trx, [id])
      await appendEvents(trx, [rowOf('archived', session, actorId)])
    })
  }

  /** Brings it back to where it would be had it not been put away. */
  restore(id: number, actorId: string): Promise<boolean> {
    return this.change(id, async (trx, session) => {
      if (!isArchivedRow(session)) return
      await setArchived(trx, [id], false)
      await appendEvents(trx, [rowOf('restored', session, actorId)])
    })
  }

  /**
   * Removes it with all that it reported; what was counted of it stays. Works in short transactions:
   * reports of others do not wait, and its own begin a new session.
   */
  async remove(id: number, actorId: string): Promise<boolean> {
    const found = await this.db
      .selectFrom('agents')
      .select('parent_id')
      .where('id', '=', id)
      .executeTakeFirst()
    if (!found) return false
    requireSession(id, found.parent_id)
    return (await removeSessions(this.db, [id], { actorId })) > 0
  }

  private change(
    id: number,
    work: (trx: Kysely<Schema>, session: Session) => Promise<void>,
  ): Promise<boolean> {
    return retryConflicts(this.db, async (trx) => {
      const [session] = await lockSessions(trx, [id])
      if (!session) return false
      requireSession(id, session.parent_id)
      await work(trx, session)
      return true
    })
  }
}

function requireSession(id: number, parentId: number | null): void {
  if (parentId === null) return
  throw new BadInput(
    null,
    `Agent ${id} is a subagent of session ${parentId}, and goes where that goes`,
  )
}

export function isArchivedRow({
  archived_at: archivedAt,
  last_seen_at: lastSeenAt,
}: Session): boolean {
  return isArchived({ archivedAt, lastSeenAt })
}

/** In the order in which reports lock them; only those that were silent for so many days, if given. */
export async function lockSessions(
  trx: Kysely<Schema>,
  ids: readonly number[],
  silentDays: number | null = null,
) {
  return trx
    .selectFrom('agents')
    .selectAll()
    .where('id', 'in', [...ids])
    .$if(silentDays !== null, (query) => query.where(isSilent(silentDays ?? 0)))
    .orderBy('key')
    .forNoKeyUpdate()
    .execute()
}

/** With all that has been the same card: what a session went on from would come to light again. */
export async function setArchived(
  trx: Kysely<Schema>,
  ids: readonly number[],
  isArchived = true,
): Promise<void> {
  const members = await cardsOf(trx, ids)
  await lockSessions(trx, members)
  const archived_at = isArchived ? sql<Date>`clock_timestamp()` : null
  await trx.updateTable('agents').set({ archived_at }).where('id', 'in', members).execute()
}

const VERBS = { archived: 'was archived', restored: 'is back from the archive' } as const

export function rowOf(
  action: Exclude<SessionChange['action'], 'deleted'>,
  session: Session,
  actorId: string,
): NewEvent {
  return {
    type: SESSION_CHANGED,
    projectId: session.project_id,
    agentId: session.id,
    turnId: null,
    state: session.state,
    reportedAt: null,
    summary: `Session ${session.name} ${VERBS[action]}`,
    data: sessionChangeData(action, session, { archived: action === 'archived' }),
    actorId,
  }
}
