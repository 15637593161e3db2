import type { Database } from '../db/connect'
import type { EventFilter } from '../filter/filter'
import type { Roster } from '../fleet/roster'
import { scopedRoster } from '../fleet/scoped-roster'
import { type AgentFigures, agentFigures } from './agent-figures'
import { type EventFigures, readEventFigures } from './event-figures'
import { readUsage, type Usage } from './usage'

/** The aggregates of a filter; never a reported text. */
export interface Metrics extends AgentFigures, EventFigures {
  readonly usage: Usage
}

/** Agents come from memory, events and usage from the rollups: no number is counted from all rows. */
export async function readMetrics(
  { db, roster }: { db: Database; roster: Roster },
  filter: EventFilter,
): Promise<Metrics> {
  const [events, usage] = await Promise.all([readEventFigures(db, filter), readUsage(db, filter)])
  // After the reads: they are the ones that take time.
  const agents = agentFigures(scopedRoster(roster, filter.scope), filter)
  return { ...agents, ...events, usage }
}
