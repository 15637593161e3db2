/**
 * A string that PostgreSQL and UTF-8 can hold, of at most `maxBytes` of UTF-8: NUL and lone
 * surrogates become U+FFFD, and a mark says how many bytes were cut.
 */
export function cleanString(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return replaceUnstorable(text)
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes) return replaceUnstorable(text)
  // The mark's length depends on the number in it, which has no more digits than the whole.
  const room = Math.max(0, maxBytes - mark(bytes).length - 2)
  // A slice may end in half a pair: it is at most one character too short, never a broken one.
  const head = Buffer.from(text.slice(0, room)).subarray(0, room)
  const end = endOfCharacter(head)
  const kept = head.subarray(0, end).toString('utf8')
  const whole = text.charCodeAt(kept.length - 1)
  const splitsPair = kept.endsWith('\uFFFD') && whole >= 0xd800 && whole <= 0xdbff
  const safe = splitsPair ? kept.slice(0, -1) : kept
  return `${replaceUnstorable(safe)}${mark(bytes - Buffer.byteLength(safe))}`
}

function mark(bytes: number): string {
  return `[… ${bytes} more bytes]`
}

/** Where the last whole character ends; a cut may have left its first bytes only. */
function endOfCharacter(head: Buffer): number {
  let start = head.length - 1
  while (start > 0 && ((head[start] ?? 0) & 0xc0) === 0x80) start--
  const lead = head[start] ?? 0
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return start + size <= head.length ? head.length : Math.max(0, start)
}

function replaceUnstorable(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD')
}
