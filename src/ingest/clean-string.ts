/**
 * A string that PostgreSQL and UTF-8 can hold, of at most `maxBytes` of UTF-8: NUL and lone
 * surrogates become U+FFFD, and a mark says how many characters (UTF-16 units) were cut. The work
 * depends on `maxBytes` alone.
 */
export function cleanString(text: string, maxBytes: number): string {
  const isShort = text.length * 3 <= maxBytes
  if (isShort || (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes)) {
    return replaceUnstorable(text)
  }
  // The mark's number has no more digits than the whole, and its ellipsis takes three bytes.
  const room = Math.max(0, maxBytes - mark(text.length).length - 2)
  const head = Buffer.from(text.slice(0, room)).subarray(0, room)
  const kept = withoutHalfPair(head.subarray(0, endOfCharacter(head)).toString('utf8'), text)
  return `${replaceUnstorable(kept)}${mark(text.length - kept.length)}`
}

function mark(missing: number): string {
  return `[… ${missing} more characters]`
}

/** The slice may have ended in half a pair, which is U+FFFD by now. */
function withoutHalfPair(kept: string, text: string): string {
  const last = text.charCodeAt(kept.length - 1)
  const isHalf = kept.endsWith('\uFFFD') && last >= 0xd800 && last <= 0xdbff
  return isHalf ? kept.slice(0, -1) : kept
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
