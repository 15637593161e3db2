import { Turns } from './turns'

/** Turns that visitors share. Null is nobody in particular: what all wait for. */
export interface VisitorTurns {
  /** Throws an error with `retryAfterSeconds` where the work could not begin within its patience. */
  take<T>(
    visitor: string | null,
    work: () => Promise<T>,
    options?: { readonly patienceMs?: number },
  ): Promise<T>
}

/** Who comes first is served first, whoever it is. */
export function inLine(atOnce: number): VisitorTurns {
  const turns = new Turns(atOnce)
  return { take: (_, work, options) => turns.take(work, options) }
}
