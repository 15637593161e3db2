import { liveUrl, olderCursor } from './live-request'
import type { LiveCallbacks } from './live-types'
import { RequestRefused } from './refused'

const DEADLINE_MS = 10_000

export interface Changes {
  /** Fragments of what has changed after the cursor; empty if nothing has. */
  readonly html: string
  /** The cursor to go on from. */
  readonly cursor: string
  /** What the page shows may have holes; the fragments are all there is. */
  readonly isReset: boolean
}

/**
 * Fetches what has changed on the topics' pages, one after the other, so that a server that is away
 * is asked once. Resolves with the cursor up to which all of them are complete; with an empty one if
 * the server has none of them.
 */
export async function pollTopics(
  topics: readonly string[],
  cursor: string,
  signal: AbortSignal,
  callbacks: Pick<LiveCallbacks, 'onFrame' | 'onReset' | 'onRefusedTopic'>,
): Promise<string> {
  let reached = ''
  for (const topic of topics) {
    try {
      const changes = await fetchChanges([topic], cursor, signal)
      if (changes.isReset) callbacks.onReset(topic)
      callbacks.onFrame({ topic, html: changes.html, cursor })
      reached = olderCursor(reached, changes.cursor)
    } catch (error) {
      if (!(error instanceof RequestRefused && error.isFinal)) throw error
      callbacks.onRefusedTopic(topic)
    }
  }
  return reached
}

/** Fetches once what has changed of the topics. Rejects with Refused or with the network's error. */
export async function fetchChanges(
  topics: readonly string[],
  cursor: string,
  signal?: AbortSignal,
): Promise<Changes> {
  const deadline = new AbortController()
  const cancel = () => deadline.abort()
  signal?.addEventListener('abort', cancel)
  const timer = setTimeout(cancel, DEADLINE_MS)
  try {
    const response = await fetch(liveUrl(topics), {
      headers: { Accept: 'text/html', ...(cursor !== '' && { 'Last-Event-ID': cursor }) },
      cache: 'no-store',
      signal: deadline.signal,
    })
    if (!response.ok) throw RequestRefused.by(response)
    const html = (await response.text()).trim()
    signal?.throwIfAborted()
    return {
      html,
      cursor: response.headers.get('last-event-id') ?? cursor,
      isReset: response.headers.has('x-muster-reset'),
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
  }
}
