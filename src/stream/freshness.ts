/** Beyond this many, entries are merged and less exact. */
const MAX_ENTRIES = 500
const APART_MS = 50

/** Rows up to `id` were known, the first of them since `since`, in ms since 1970. */
interface Entry {
  id: number
  readonly since: number
}

/** Since when this process knows of rows, so that what does not show them yet can say how old it is. */
export class Freshness {
  private newest = 0
  private promised = 0
  private entries: Entry[] = []
  private awaySince: number | null = null

  constructor(private readonly clock: () => number = Date.now) {}

  /** The newest row whose storage this process has acknowledged to a client. */
  get acknowledged(): number {
    return this.promised
  }

  /** A client has got an answer that everything up to this row is stored. */
  acknowledge(id: number): void {
    this.promised = Math.max(this.promised, id)
    this.note(id)
  }

  /** There is a row with this id. */
  note(id: number): void {
    if (id <= this.newest) return
    this.newest = id
    const since = this.clock()
    const last = this.entries.at(-1)
    if (last && since - last.since < APART_MS) last.id = id
    else this.entries.push({ id, since })
    const [first, second] = this.entries
    if (this.entries.length > MAX_ENTRIES && first && second) {
      this.entries.splice(0, 2, { id: second.id, since: first.since })
    }
  }

  /** Nothing is read from the log for now: it may hold rows that this process does not know. */
  setAvailable(isAvailable: boolean): void {
    this.awaySince = isAvailable ? null : (this.awaySince ?? this.clock())
  }

  /** Everything shows the rows up to `id`. */
  forget(id: number): void {
    const index = this.entries.findIndex((entry) => entry.id > id)
    this.entries.splice(0, index < 0 ? this.entries.length : index)
  }

  /** Since when there is more than the rows up to `id`, in ms since 1970; null where that is all. */
  since(id: number): number | null {
    const known = this.entries.find((entry) => entry.id > id)?.since ?? null
    if (known === null || this.awaySince === null) return known ?? this.awaySince
    return Math.min(known, this.awaySince)
  }

  /** For how many ms there has been more than the rows up to `id`. */
  behindMs(id: number): number {
    const since = this.since(id)
    return since === null ? 0 : Math.max(0, this.clock() - since)
  }
}
