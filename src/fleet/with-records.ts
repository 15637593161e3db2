import type { Agent } from './agent'
import type { RosterView } from './scoped-roster'

/** Gives an agent, or notes that it has to be read. */
export type Need = (id: number) => Agent | null

/** What is asked for can change while it is read; after so many times the rest is left out. */
const MAX_LOOKS = 5

/**
 * The result of `look`, which is of one moment: it is run again until all the agents that it needs
 * have been read.
 */
export async function withRecords<T>(roster: RosterView, look: (need: Need) => T): Promise<T> {
  for (let looks = 1; ; looks++) {
    roster.index.advance(Date.now())
    const wanted = new Set<number>()
    const missing = new Set<number>()
    const result = look((id) => {
      wanted.add(id)
      const agent = roster.agent(id)
      if (!agent) missing.add(id)
      return agent
    })
    if (missing.size === 0 || looks === MAX_LOOKS) return result
    // Those that are there are kept for longer.
    await roster.preload([...wanted])
  }
}
