import type { Session } from '../fleet/board'
import { sessionsOf } from '../fleet/build-board'
import { isShown } from '../fleet/roster'
import type { RosterView } from '../fleet/roster-view'
import { STATES, type State } from '../fleet/state'
import type { EventFilter } from '../log/filter'

/** Numbers of sessions, as the board counts them: without subagents, ended ones for an hour. */
export interface AgentFigures {
  readonly agents_total: number
  readonly by_state: Readonly<Record<State, number>>
  /** Under the project's id; projects without a session are left out. */
  readonly by_project: Readonly<Record<string, number>>
  readonly awaiting_input: number
  /** Since when the one has been waiting who waits the longest. */
  readonly awaiting_since: string | null
}

/** Sessions that the filter selects; its types say nothing about agents. */
export function agentFigures(
  roster: RosterView,
  { projectIds, agentIds, states }: Pick<EventFilter, 'projectIds' | 'agentIds' | 'states'>,
  now: number,
): AgentFigures {
  const shown = [...roster.agents].filter((agent) => isShown(agent, now))
  const selected = sessionsOf(shown).filter(
    ({ agent, children }) =>
      (projectIds.length === 0 || projectIds.includes(agent.projectId)) &&
      (states.length === 0 || states.includes(agent.state)) &&
      (agentIds.length === 0 || [agent, ...children].some(({ id }) => agentIds.includes(id))),
  )
  return figuresOf(selected)
}

export function figuresOf(sessions: readonly Session[]): AgentFigures {
  const byState = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>
  const byProject = new Map<number, number>()
  const waitingSince: number[] = []
  for (const session of sessions) {
    const { state, projectId } = session.agent
    byState[state]++
    byProject.set(projectId, (byProject.get(projectId) ?? 0) + 1)
    if (state === 'awaiting_input') waitingSince.push(waitingStart(session))
  }
  const ids = [...byProject.keys()].sort((a, b) => a - b)
  return {
    agents_total: sessions.length,
    by_state: byState,
    by_project: Object.fromEntries(ids.map((id) => [String(id), byProject.get(id) ?? 0])),
    awaiting_input: byState.awaiting_input,
    awaiting_since:
      waitingSince.length > 0 ? new Date(Math.min(...waitingSince)).toISOString() : null,
  }
}

/** When the oldest open ask of a session, or of a subagent of it, was opened. */
export function waitingStart({ agent, children }: Session): number {
  const asks = [agent, ...children].flatMap(({ memory }) => memory.asks.map((ask) => ask.openedAt))
  return asks.length > 0 ? Math.min(...asks) : agent.stateSince.getTime()
}
