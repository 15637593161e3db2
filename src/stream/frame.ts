/** How long a native EventSource waits before it reconnects; sent once, as the first block. */
export const RETRY = 'retry: 3000\n\n'
export const HEARTBEAT = ': heartbeat\n\n'

const LINE_END = /\r\n|\r|\n/
// A line end in a name or an id would start a field of its own; NUL makes browsers drop an id.
const UNSAFE = /[\r\n\0]/

export interface Frame {
  event?: string
  id?: string | number
  data: string
}

/**
 * One event in the format of https://html.spec.whatwg.org/#event-stream-interpretation. Lines of
 * `data` may end in any of the three ways; readers get them joined by LF. Throws on a name or an id
 * that would break out of its line.
 */
export function encodeFrame({ event, id, data }: Frame): string {
  return `${field('event', event)}${field('id', id)}${dataLines(data)}\n`
}

/** Moves the reader's cursor and raises no event. */
export function encodeCursor(id: number | string): string {
  return `id: ${id}\n\n`
}

function field(name: string, value: string | number | undefined): string {
  if (value === undefined) return ''
  if (UNSAFE.test(String(value))) throw new Error(`A frame's ${name} holds a line end or NUL`)
  return `${name}: ${value}\n`
}

function dataLines(data: string): string {
  if (!data.includes('\n') && !data.includes('\r')) return `data: ${data}\n`
  return data
    .split(LINE_END)
    .map((line) => `data: ${line}\n`)
    .join('')
}
