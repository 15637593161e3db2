import { diffArrays } from 'diff'

const CONTEXT = 1
/** Beyond this many lines that go or come all of both is shown, instead of what they share. */
const MAX_CHANGES = 4_000

/** The lines that differ, with a few around them: `+` for new ones, `-` for those that go. */
export function lineDiff(before: string, after: string): string[] {
  const marked = markLines(linesOf(before), linesOf(after))
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

function markLines(old: string[], fresh: string[]): string[] {
  const changes = diffArrays(old, fresh, { maxEditLength: MAX_CHANGES }) ?? [
    { value: old, removed: true, added: false },
    { value: fresh, added: true, removed: false },
  ]
  return changes.flatMap(({ value, added, removed }) => {
    const mark = added ? '+' : removed ? '-' : ' '
    return value.map((line) => `${mark} ${line}`)
  })
}
