import { findPrivateKeys } from './private-key'
import { merge, takeOut } from './secret'

/** The list without private keys whose lines are items of it, as in the lines of a patch. */
export function withoutKeyLines(items: readonly unknown[]): readonly unknown[] {
  const hasBorder = items.some((item) => typeof item === 'string' && item.includes('PRIVATE KEY'))
  if (!hasBorder) return items
  const lines = items.map((item) => (typeof item === 'string' ? item : ''))
  const keys = merge(findPrivateKeys(lines.join('\n')))
  let start = 0
  let index = 0
  return items.map((item, at) => {
    const lineStart = start
    const line = lines[at] ?? ''
    start += line.length + 1
    while ((keys[index]?.end ?? start) <= lineStart) index++
    const key = keys[index]
    if (typeof item !== 'string' || !key || key.start >= lineStart + line.length) return item
    const [from, to] = [
      Math.max(0, key.start - lineStart),
      Math.min(line.length, key.end - lineStart),
    ]
    return takeOut(line, [{ start: from, end: to, name: key.name }])
  })
}
