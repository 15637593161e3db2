import type { Grant } from './grant'

/** What is open under grants: the streams. */
interface GrantUse {
  /** Each grant in use, once for each text of what it allowed. */
  grantsInUse(): readonly Grant[]
  /** Ends what is open under a grant; with `allows`, only what was opened while it allowed that. */
  endGrant(id: string, allows?: string): void
}

/** Looks at all of them at once, and returns what each allows now; one that has ended is missing. */
type RefreshGrants = (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>

const LOOK_MS = 2_000

/**
 * Ends what is open under a grant that has ended or allows something else by now, whichever process
 * has changed it: one query every two seconds for all that are in use. While the database is away
 * nobody can change one, so all go on to their known end. Returns what stops the watch.
 */
export function watchGrants(
  lookAt: RefreshGrants,
  use: GrantUse,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> | null = null
  let hasFailed = false
  const look = async () => {
    try {
      await compare(lookAt, use)
      hasFailed = false
    } catch (error) {
      // Once for each time that the database is away.
      if (!hasFailed) onError(error)
      hasFailed = true
    }
  }
  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = null
    })
  }, LOOK_MS)
  return async () => {
    clearInterval(timer)
    await running
  }
}

async function compare(look: RefreshGrants, use: GrantUse): Promise<void> {
  const now = Date.now()
  for (const { id, expiresAt } of use.grantsInUse()) if (expiresAt <= now) use.endGrant(id)
  const inUse = use.grantsInUse()
  const present = await look([...new Set(inUse.map(({ id }) => id))])
  for (const { id, allows } of inUse) {
    if (present.get(id) !== allows) use.endGrant(id, allows)
  }
}
