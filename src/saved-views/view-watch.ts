import type { EventRow } from '../log/event-row'
import { VIEW_CHANGED } from './saved-views'

type Listener = () => void

/** Tells open streams that what their view selects has changed, whichever process changed it. */
export class ViewWatch {
  private readonly listeners = new Map<string, Set<Listener>>()

  /** Calls back after each change of the view, and after each merger. Returns what ends that. */
  watch(id: string, listener: Listener): () => void {
    const known = this.listeners.get(id) ?? new Set()
    this.listeners.set(id, known.add(listener))
    return () => {
      known.delete(listener)
      if (known.size === 0 && this.listeners.get(id) === known) this.listeners.delete(id)
    }
  }

  /** Takes what the tail has read. */
  deliver(rows: readonly EventRow[]): void {
    const changed = rows.filter(({ type }) => type === VIEW_CHANGED)
    for (const id of new Set(changed.map(({ targetId }) => targetId))) {
      for (const listener of this.listeners.get(id ?? '') ?? []) listener()
    }
  }

  /** Projects were merged, and the roster knows: any view may select by them. */
  regroup(): void {
    for (const listener of [...this.listeners.values()].flatMap((own) => [...own])) listener()
  }
}
