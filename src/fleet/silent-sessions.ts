import type { Database } from '../db/connect'
import { retryConflicts } from '../db/retry-conflicts'
import { appendEvents } from '../log/append'
import { removeSessions } from './remove-sessions'
import { isArchivedRow, lockSessions, rowOf, setArchived } from './session-admin'
import { countSessions, oldestSessions, type SessionFilter } from './session-list'

/** Sessions that were not heard of for a time, in one project or in all. */
export interface Silence {
  /** Null: all. */
  readonly projectId: number | null
  readonly days: number
}

export type SilentAction = 'archive' | 'remove'

interface SilentOutcome {
  readonly done: number
  /** Those that there was no time for. */
  readonly left: number
}

interface SilentOptions {
  /** After so long no further batch is begun. */
  readonly budgetMs?: number
  readonly batch?: number
}

export const MAX_SILENT_DAYS = 3_650
const BUDGET_MS = 5_000
const BATCH = { archive: 100, remove: 10 }

/** How many sessions `changeSilent` would archive or remove. Archived ones can still be removed. */
export function countSilent(db: Database, action: SilentAction, silence: Silence): Promise<number> {
  return countSessions(db, filterOf(action, silence))
}

/**
 * Archives or removes the sessions that have been silent for so long, the oldest first, in batches
 * of short transactions, each session a row of the log; for a few seconds, so that a request can
 * wait for it. A session that reports meanwhile stays.
 */
export async function changeSilent(
  db: Database,
  action: SilentAction,
  silence: Silence,
  actorId: string,
  { budgetMs = BUDGET_MS, batch = BATCH[action] }: SilentOptions = {},
): Promise<SilentOutcome> {
  const until = performance.now() + budgetMs
  const filter = filterOf(action, silence)
  let done = 0
  do {
    const ids = await oldestSessions(db, filter, batch)
    if (ids.length === 0) return { done, left: 0 }
    done += await change(db, action, ids, silence.days, actorId)
  } while (performance.now() < until)
  return { done, left: await countSessions(db, filter) }
}

function filterOf(action: SilentAction, { projectId, days }: Silence): SessionFilter {
  return { projectId, silentDays: days, isArchived: action === 'archive' ? false : null }
}

function change(
  db: Database,
  action: SilentAction,
  ids: readonly number[],
  silentDays: number,
  actorId: string,
): Promise<number> {
  if (action === 'remove') return removeSessions(db, ids, { actorId, silentDays })
  return retryConflicts(db, async (trx) => {
    const sessions = (await lockSessions(trx, ids, silentDays)).filter((one) => !isArchivedRow(one))
    if (sessions.length === 0) return 0
    await setArchived(
      trx,
      sessions.map(({ id }) => id),
    )
    await appendEvents(
      trx,
      sessions.map((session) => rowOf('archived', session, actorId)),
    )
    return sessions.length
  })
}
