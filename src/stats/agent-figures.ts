import type { EventFilter } from '../filter/filter'
import { countOf, countProjects, cutWaiting, selectSessions } from '../fleet/cut-board'
import type { RosterView } from '../fleet/scoped-roster'
import { STATES, type State } from '../log/state'

/** Numbers of sessions, as the board counts them: without subagents, ended ones for an hour. */
export interface AgentFigures {
  readonly agents_total: number
  readonly by_state: Readonly<Record<State, number>>
  /** Under the project's id; projects without a session are left out. */
  readonly by_project: Readonly<Record<string, number>>
  readonly awaiting_input: number
  /** When the longest present wait began. */
  readonly awaiting_since: string | null
}

/** Sessions that the filter selects; its types say nothing about agents. */
export function agentFigures(
  roster: Pick<RosterView, 'index' | 'projectIds'>,
  filter: EventFilter,
): AgentFigures {
  roster.index.advance(Date.now())
  const selection = selectSessions(roster, filter)
  const byState = STATES.map((state) => [state, countOf(selection, [state])] as const)
  const awaiting = countOf(selection, ['awaiting_input'])
  const [first] =
    awaiting > 0 ? cutWaiting({ ...selection, states: ['awaiting_input'] }, 1).waiting : []
  return {
    agents_total: countOf(selection),
    by_state: Object.fromEntries(byState) as Record<State, number>,
    by_project: Object.fromEntries([...countProjects(selection)].sort(([a], [b]) => a - b)),
    awaiting_input: awaiting,
    awaiting_since: first ? new Date(first.waitingSince).toISOString() : null,
  }
}
