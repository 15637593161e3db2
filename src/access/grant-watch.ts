import type { Sessions } from './sessions'

/** What is open under sessions: the streams. */
export interface SessionUse {
  /** Each session in use, and when it ends by itself. */
  sessionsInUse(): ReadonlyMap<string, number>
  endSession(id: string): void
}

const LOOK_MS = 2_000

/**
 * Ends what is open under a session that has ended, whichever process ended it: one query every two
 * seconds for all that are in use. While the database is away nobody can end one, so all go on to
 * their known end. Returns what stops the watch.
 */
export function watchSessions(
  sessions: Pick<Sessions, 'findLiving'>,
  use: SessionUse,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= look(sessions, use)
      .catch(onError)
      .finally(() => {
        running = null
      })
  }, LOOK_MS)
  return async () => {
    clearInterval(timer)
    await running
  }
}

async function look(sessions: Pick<Sessions, 'findLiving'>, use: SessionUse): Promise<void> {
  const now = Date.now()
  for (const [id, expiresAt] of use.sessionsInUse()) {
    if (expiresAt <= now) use.endSession(id)
  }
  const ids = [...use.sessionsInUse().keys()]
  if (ids.length === 0) return
  const living = await sessions.findLiving(ids)
  for (const id of ids) {
    if (!living.has(id)) use.endSession(id)
  }
}
