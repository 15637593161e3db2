/** At most `max` characters of a text, without cutting a character in two. */
export function cutEnd(text: string, max: number): string {
  if (text.length <= max) return text
  return `${whole(text.slice(0, max - 1))}…`
}

/** Both ends of a text of at most `max` characters: what a command is, and what it acts on. */
export function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text
  const tail = Math.floor(max / 3)
  return `${whole(text.slice(0, max - tail - 1))}…${wholeTail(text.slice(-tail))}`
}

/** Splits a text so that the second piece is its last `tail` characters. */
export function splitTail(text: string, tail: number): [string, string] {
  const head = whole(text.slice(0, -tail))
  return [head, text.slice(head.length)]
}

function whole(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last < 0xdc00 ? text.slice(0, -1) : text
}

function wholeTail(text: string): string {
  const first = text.charCodeAt(0)
  return first >= 0xdc00 && first < 0xe000 ? text.slice(1) : text
}
