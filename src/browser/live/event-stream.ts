import { EventParser, type StreamEvent } from './event-parser'
import { RequestRefused } from './refused'

interface StreamCallbacks {
  onOpen(): void
  onEvent(event: StreamEvent): void
  /** Anything at all arrived. */
  onBytes(): void
}

const OPEN_DEADLINE_MS = 10_000
/** One event may be this long; the rest of what is buffered would be a stream gone mad. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024

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
      throw RequestRefused.by(response)
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
  // It takes one byte order mark off, which is what the standard asks for.
  const decoder = new TextDecoder()
  let unread = 0
  const parser = new EventParser((event) => {
    unread = 0
    callbacks.onEvent(event)
  })
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    callbacks.onBytes()
    unread += value.length
    parser.feed(decoder.decode(value, { stream: true }))
    if (unread > MAX_EVENT_BYTES) throw new Error('An event of the stream is too long')
  }
}
