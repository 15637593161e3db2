const CONTEXT = 1
/** Beyond this many pairs of lines all of both is shown, instead of what they share. */
const MAX_PAIRS = 4_000_000

/** The lines that differ, with a few around them: `+` for new ones, `-` for those that go. */
export function lineDiff(before: string, after: string): string[] {
  const old = linesOf(before)
  const fresh = linesOf(after)
  const marked = [...mark(old, fresh)]
  const isNear = (index: number) =>
    marked
      .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some((line) => !line.startsWith(' '))
  const shown: string[] = []
  for (const [index, line] of marked.entries()) {
    if (isNear(index)) shown.push(line)
    else if (shown.length > 0 && shown.at(-1) !== '  …') shown.push('  …')
  }
  if (shown.at(-1) === '  …') shown.pop()
  return shown
}

function linesOf(text: string): string[] {
  if (text === '') return []
  return text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function* mark(old: readonly string[], fresh: readonly string[]): Generator<string> {
  let head = 0
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++
  let tail = 0
  const most = Math.min(old.length, fresh.length) - head
  while (tail < most && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++
  for (const line of old.slice(0, head)) yield `  ${line}`
  yield* markMiddle(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail))
  for (const line of old.slice(old.length - tail)) yield `  ${line}`
}

/** By the longest list of lines that both have. */
function* markMiddle(old: readonly string[], fresh: readonly string[]): Generator<string> {
  const isLarge = old.length * fresh.length > MAX_PAIRS
  const shared = isLarge ? null : sharedLengths(old, fresh)
  let i = 0
  let j = 0
  while (shared && i < old.length && j < fresh.length) {
    if (old[i] === fresh[j]) {
      yield `  ${old[i]}`
      i++
      j++
    } else if ((shared[i + 1]?.[j] ?? 0) >= (shared[i]?.[j + 1] ?? 0)) yield `- ${old[i++]}`
    else yield `+ ${fresh[j++]}`
  }
  for (const line of old.slice(i)) yield `- ${line}`
  for (const line of fresh.slice(j)) yield `+ ${line}`
}

/** For each pair of places, how many lines the two share from there on. */
function sharedLengths(old: readonly string[], fresh: readonly string[]): number[][] {
  const table = Array.from({ length: old.length + 1 }, () => [] as number[])
  for (let i = old.length - 1; i >= 0; i--) {
    const row = table[i] ?? []
    const next = table[i + 1] ?? []
    for (let j = fresh.length - 1; j >= 0; j--) {
      const isSame = old[i] === fresh[j]
      row[j] = isSame ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table
}
