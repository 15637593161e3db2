import { createParser, type EventSourceMessage } from 'eventsource-parser'

/** An answer that is no stream: the server's status, and when it wants us back. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly retryAfterMs: number | null,
  ) {
    super(`The stream was refused with status ${status}`)
  }
}

export interface StreamCallbacks {
  onOpen(): void
  onMessage(message: EventSourceMessage): void
  /** Anything at all arrived. */
  onBytes(): void
}

const OPEN_DEADLINE_MS = 10_000
/** One event may be this long; the rest of what is buffered would be a stream gone mad. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024

/**
 * Reads one event stream to its end. Resolves when the server ends it, rejects with Refused or with
 * the network's error. Unlike the browser's own EventSource it shows the status, keeps the cursor
 * in the caller's hands, and never comes back by itself.
 */
export async function readEventStream(
  url: string,
  cursor: string,
  signal: AbortSignal,
  callbacks: StreamCallbacks,
): Promise<void> {
  const opening = new AbortController()
  const cancel = () => opening.abort()
  signal.addEventListener('abort', cancel)
  const deadline = setTimeout(cancel, OPEN_DEADLINE_MS)
  try {
    const response = await fetch(url, {
      headers: { Accept: 'text/event-stream', ...(cursor !== '' && { 'Last-Event-ID': cursor }) },
      cache: 'no-store',
      signal: opening.signal,
    })
    clearTimeout(deadline)
    const type = response.headers.get('content-type') ?? ''
    if (response.status !== 200 || !type.startsWith('text/event-stream') || !response.body) {
      opening.abort()
      throw new Refused(response.status, retryAfterMs(response))
    }
    callbacks.onOpen()
    await readBody(response.body, callbacks)
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', cancel)
  }
}

async function readBody(body: ReadableStream<Uint8Array>, callbacks: StreamCallbacks) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let buffered = 0
  const parser = createParser({
    onEvent(message) {
      buffered = 0
      callbacks.onMessage(message)
    },
  })
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    callbacks.onBytes()
    buffered += value.length
    if (buffered > MAX_EVENT_CHARS) throw new Error('An event of the stream is too long')
    parser.feed(decoder.decode(value, { stream: true }))
  }
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null
}
