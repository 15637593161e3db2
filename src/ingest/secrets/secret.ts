/** A part of a text that must not be kept: `start` up to `end`, in UTF-16 units. */
export interface Secret {
  readonly start: number
  readonly end: number
  /** What it is, for those who read what is left: `GitHub token`. */
  readonly name: string
}

/** Finds one kind of secret. Takes time in proportion to the text, whatever the text is. */
export type Finder = (text: string) => Secret[]

/** Stands where something was taken out. */
export function markOf(name: string): string {
  return `[redacted: ${name}]`
}

/** The text with a mark in place of each secret; of secrets that overlap the first names all. */
export function takeOut(text: string, secrets: readonly Secret[]): string {
  let kept = ''
  let end = 0
  for (const { start, end: next, name } of merge(secrets)) {
    kept += text.slice(end, start) + markOf(name)
    end = next
  }
  return kept + text.slice(end)
}

/** The same places without overlap, in the order of the text. */
export function merge(secrets: readonly Secret[]): Secret[] {
  const merged: Secret[] = []
  for (const secret of [...secrets].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last === undefined || secret.start >= last.end) merged.push(secret)
    else merged[merged.length - 1] = { ...last, end: Math.max(last.end, secret.end) }
  }
  return merged
}
