/** At most `max` UTF-16 units, never half a surrogate pair; what is cut ends in an ellipsis. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 2)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return `${text.slice(0, splitsPair ? max - 2 : max - 1)}…`
}

/** The first line that says anything, without control characters. */
export function firstLine(text: string, max: number): string {
  const start = text.search(/\S/u)
  if (start < 0) return ''
  // A line that fills a card is enough: never scan megabytes for its end.
  const head = text.slice(start, start + max * 4)
  const line = head.split(/[\r\n\u2028\u2029]/u, 1)[0] ?? ''
  return cutText(line.replace(/[\p{Cc}\p{Surrogate}\s]+/gu, ' ').trim(), max)
}

/** Whether the last words want an answer; closing quotes, brackets and emphasis do not hide that. */
export function endsInQuestion(text: string): boolean {
  return /[?？][\s"'”’»)\]*_`]*$/u.test(text.slice(-40))
}
