import type { StreamEvent } from './event-parser'
import type { Notice } from './live-types'
import { fieldsOf, parseObject } from './parse-object'

const MAX_PAUSE_MS = 60_000

/** What an event of the pages' stream means. */
type LiveEvent =
  | { readonly kind: 'patch'; readonly topic: string; readonly html: string }
  | { readonly kind: 'close'; readonly reason: string; readonly pauseMs: number }
  | { readonly kind: 'error'; readonly notice: Notice }
  | { readonly kind: 'reset' }
  | { readonly kind: 'alive' }

/** Reads an event; what it does not know is a sign of life. */
export function readLiveEvent({ event, data }: StreamEvent): LiveEvent {
  if (event === 'reset') return { kind: 'reset' }
  if (event === 'error') return { kind: 'error', notice: readNotice(parseObject(data)) }
  if (event === 'close') {
    const { reason, retry_ms } = parseObject(data)
    const isPause = typeof retry_ms === 'number' && retry_ms >= 0 && retry_ms <= MAX_PAUSE_MS
    return { kind: 'close', reason: String(reason), pauseMs: isPause ? retry_ms : 0 }
  }
  const end = data.indexOf('\n')
  if (event !== 'patch' || end < 0) return { kind: 'alive' }
  return { kind: 'patch', topic: data.slice(0, end), html: data.slice(end + 1) }
}

export function readNotice(value: unknown): Notice {
  const { error_type, message } = fieldsOf(value)
  return { error_type: textOf(error_type), message: textOf(message) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
