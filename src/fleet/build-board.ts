import type { EventRow } from '../log/event-row'
import type { Agent, Project } from './agent'
import { attentionOf } from './attention'
import type {
  Board,
  Counts,
  FeedLine,
  Light,
  PageFilter,
  ProjectSection,
  Session,
  Waiting,
} from './board'
import { isShown } from './roster'
import type { RosterView } from './roster-view'
import type { State } from './state'

/** What the board shows of the roster under a filter. */
export function buildBoard(
  roster: RosterView,
  filter: PageFilter,
  feed: readonly FeedLine[],
  now: number,
): Board {
  const shown = [...roster.agents].filter((agent) => isShown(agent, now))
  const sessions = sessionsOf(shown)
  const selected = sessions.filter((session) => selectsSession(filter, session, roster))
  return {
    filter,
    counts: countStates(selected),
    waiting: waitingOf(selected, roster),
    sections: sectionsOf(selected, filter, roster),
    feed,
    attention: attentionOf(sessions),
    choices: choicesOf(roster, sessions),
  }
}

/** Everything there is to choose from in a filter. */
export function choicesOf(roster: RosterView, sessions: readonly Session[]): Board['choices'] {
  return {
    projects: [...roster.projects].sort(byName),
    agents: sessions.map((session) => session.agent).sort((a, b) => b.id - a.id),
    types: [...roster.types()].sort(),
  }
}

/** Whether a page with this filter lists the row in its feed. A child counts as its parent's. */
export function selectsRow(filter: PageFilter, row: EventRow, roster: RosterView): boolean {
  const { projects, agents, states, types } = filter
  if (types.length > 0 && !types.includes(row.type)) return false
  if (states.length > 0 && !states.some((state) => state === row.state)) return false
  if (projects.length > 0 && !projects.includes(roster.project(row.projectId)?.slug ?? ''))
    return false
  if (agents.length === 0) return true
  const parentId = row.data.parent_agent_id
  return agents.some((id) => id === row.agentId || id === parentId)
}

export function countStates(sessions: readonly Session[]): Counts {
  const states = sessions.map(({ agent }) => agent.state)
  const count = (...wanted: State[]) => states.filter((state) => wanted.includes(state)).length
  return {
    awaiting: count('awaiting_input'),
    working: count('processing', 'commanded'),
    idle: count('idle', 'complete'),
  }
}

/** Red: somebody waits or failed; yellow: somebody works or is stuck; else green. */
export function lightOf(sessions: readonly Session[]): Light {
  const agents = sessions.flatMap(({ agent, children }) => [agent, ...children])
  if (agents.some(({ state }) => state === 'awaiting_input' || state === 'errored')) return 'red'
  const isBusy = ({ state, overlays }: Agent) =>
    state === 'processing' || state === 'commanded' || overlays.includes('stuck')
  return agents.some(isBusy) ? 'yellow' : 'green'
}

/**
 * The sessions among the agents, each with its children that have not ended. A session that another
 * one continues has no card of its own any more.
 */
export function sessionsOf(agents: readonly Agent[]): Session[] {
  const continued = new Set(agents.map((agent) => agent.continuesId))
  const children = new Map<number, Agent[]>()
  for (const agent of agents) {
    if (agent.parentId === null || agent.state === 'ended') continue
    children.set(agent.parentId, [...(children.get(agent.parentId) ?? []), agent])
  }
  return agents
    .filter((agent) => agent.parentId === null && !continued.has(agent.id))
    .map((agent) => ({
      agent,
      children: (children.get(agent.id) ?? []).sort((a, b) => a.id - b.id),
    }))
}

function selectsSession(
  filter: PageFilter,
  { agent, children }: Session,
  roster: RosterView,
): boolean {
  const { projects, agents, states } = filter
  if (states.length > 0 && !states.includes(agent.state)) return false
  if (projects.length > 0 && !projects.includes(roster.project(agent.projectId)?.slug ?? ''))
    return false
  return agents.length === 0 || [agent, ...children].some(({ id }) => agents.includes(id))
}

function sectionsOf(
  sessions: readonly Session[],
  filter: PageFilter,
  roster: RosterView,
): ProjectSection[] {
  const byProject = new Map<number, Session[]>()
  for (const session of sessions) {
    const { projectId } = session.agent
    byProject.set(projectId, [...(byProject.get(projectId) ?? []), session])
  }
  const sections: ProjectSection[] = []
  for (const [projectId, members] of byProject) {
    const project = roster.project(projectId)
    if (project) sections.push(sectionOf(project, members))
  }
  // A project that was asked for is shown even when it has nobody to show.
  const isNarrowed = filter.states.length > 0 || filter.agents.length > 0
  for (const slug of isNarrowed ? [] : filter.projects) {
    const project = roster.projectBySlug(slug)
    if (project && !byProject.has(project.id)) sections.push(sectionOf(project, []))
  }
  return sections.sort((a, b) => byName(a.project, b.project))
}

function sectionOf(project: Project, sessions: readonly Session[]): ProjectSection {
  const heard = sessions.map(({ agent }) => agent.heardAt.getTime())
  return {
    project,
    light: lightOf(sessions),
    counts: countStates(sessions),
    heardAt: heard.length > 0 ? new Date(Math.max(...heard)) : null,
    sessions: [...sessions].sort(byUrgency),
  }
}

function waitingOf(sessions: readonly Session[], roster: RosterView): Waiting[] {
  const waiting: Waiting[] = []
  for (const { agent: session, children } of sessions) {
    const project = roster.project(session.projectId)
    if (!project) continue
    for (const agent of [session, ...children]) {
      if (agent.state !== 'awaiting_input') continue
      const [ask] = [...agent.memory.asks].sort((a, b) => a.openedAt - b.openedAt)
      // A parent that waits only because a child does is represented by that child.
      if (!ask && children.some((child) => child.state === 'awaiting_input')) continue
      waiting.push({
        session,
        agent,
        project,
        ask: ask?.summary ?? agent.memory.lastMessage,
        askKind: ask?.kind ?? 'question',
        since: ask ? new Date(ask.openedAt) : agent.stateSince,
      })
    }
  }
  return waiting.sort((a, b) => a.since.getTime() - b.since.getTime() || a.agent.id - b.agent.id)
}

/** Who needs a human first; among equals, whoever has been in its state the longest. */
function byUrgency(a: Session, b: Session): number {
  return (
    urgency(a.agent) - urgency(b.agent) ||
    a.agent.stateSince.getTime() - b.agent.stateSince.getTime() ||
    a.agent.id - b.agent.id
  )
}

function urgency({ state, overlays }: Agent): number {
  if (state === 'awaiting_input') return 0
  if (state === 'errored') return 1
  if (state === 'ended') return 7
  if (overlays.includes('lost')) return 6
  if (overlays.includes('stuck') || overlays.includes('overdue')) return 2
  if (state === 'processing' || state === 'commanded') return 3
  return state === 'complete' ? 4 : 5
}

function byName(a: Project, b: Project): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id
}
