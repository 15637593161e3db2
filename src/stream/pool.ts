/** Room in a pool for a visitor: there is some, there is none, or this holder has to make it. */
export type Room<Holder> =
  | { readonly kind: 'free' | 'full' }
  | { readonly kind: 'taken'; readonly from: Holder }

/**
 * Which visitor has to make room in a full pool of `size` for one that asks for one more: the one that
 * holds most, if that is more than an equal share and the asking one holds less than one. Null: none
 * has to. What is taken that way never goes back, so two visitors that want everything come to rest.
 */
export function whoMakesRoom(
  size: number,
  held: ReadonlyMap<string, number>,
  asking: string,
): string | null {
  const own = held.get(asking) ?? 0
  const share = Math.floor(size / (held.size + (held.has(asking) ? 0 : 1)))
  if (own + 1 > share) return null
  let most: string | null = null
  let mostHeld = share
  for (const [visitor, count] of held) {
    if (visitor === asking || count <= mostHeld) continue
    most = visitor
    mostHeld = count
  }
  return most
}

/**
 * Places for all visitors together. One visitor may hold all of them while there is room; an equal
 * share of them is what each can be sure of.
 */
export class Pool<Holder> {
  /** In the order in which they came. */
  private readonly held = new Map<string, Set<Holder>>()
  private taken = 0

  constructor(private readonly size: number) {}

  get count(): number {
    return this.taken
  }

  /** Whether there is a place for the visitor, or at whose cost there would be. */
  roomFor(visitor: string): Room<Holder> {
    if (this.taken < this.size) return { kind: 'free' }
    const counts = new Map([...this.held].map(([name, holders]) => [name, holders.size]))
    const from = whoMakesRoom(this.size, counts, visitor)
    const newest = from === null ? undefined : [...(this.held.get(from) ?? [])].at(-1)
    return newest === undefined ? { kind: 'full' } : { kind: 'taken', from: newest }
  }

  take(visitor: string, holder: Holder): void {
    const holders = this.held.get(visitor)
    if (holders) holders.add(holder)
    else this.held.set(visitor, new Set([holder]))
    this.taken++
  }

  /** Gives a place back; nothing happens where it was given back before. */
  release(visitor: string, holder: Holder): void {
    const holders = this.held.get(visitor)
    if (!holders?.delete(holder)) return
    this.taken--
    if (holders.size === 0) this.held.delete(visitor)
  }
}
