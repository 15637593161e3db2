import { getItem, setItem } from './storage'

const TOLD_KEY = 'muster-told'
const MAX_TOLD = 500

/** The items that any tab has notified about, and which of them may still be on the desktop. */
interface Told {
  readonly key: string
  readonly isShown: boolean
}

export function wasNotified(key: string): boolean {
  return readTold().some((told) => told.key === key)
}

/** Notifications that a tab, perhaps a closed one, has shown and no tab has closed. */
export function shownKeys(): string[] {
  return readTold().flatMap(({ key, isShown }) => (isShown ? [key] : []))
}

/** Records what was notified. `open` is never evicted: it would be notified a second time. */
export function rememberTold(
  keys: readonly string[],
  isShown: boolean,
  open: ReadonlySet<string>,
): void {
  if (keys.length === 0) return
  const others = readTold().filter((told) => !keys.includes(told.key))
  const all = [...others, ...keys.map((key) => ({ key, isShown }))]
  const dropped = all.filter(({ key }) => !open.has(key)).slice(0, -MAX_TOLD)
  const rest = all.filter((told) => !dropped.includes(told))
  setItem(TOLD_KEY, JSON.stringify(rest.map((told) => [told.key, told.isShown ? 1 : 0])))
}

function readTold(): Told[] {
  try {
    const kept: unknown = JSON.parse(getItem(TOLD_KEY) ?? '[]')
    if (!Array.isArray(kept)) return []
    return kept.flatMap((pair: unknown) =>
      Array.isArray(pair) && typeof pair[0] === 'string'
        ? [{ key: pair[0], isShown: pair[1] === 1 }]
        : [],
    )
  } catch {
    return []
  }
}
