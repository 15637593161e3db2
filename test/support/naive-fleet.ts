import type { AgentFacts } from '../../src/fleet/card'
import type { State } from '../../src/log/state'

interface Session {
  readonly agent: AgentFacts
  readonly children: readonly AgentFacts[]
}

interface Limits {
  readonly sessions: number
  readonly sections: number
}

const URGENCY: Record<State, number> = {
  awaiting_input: 0,
  errored: 1,
  processing: 3,
  commanded: 3,
  complete: 4,
  idle: 5,
  ended: 7,
}

/** What the index has to say, found out by looking at all sessions each time. */
export class NaiveFleet {
  readonly archived = new Map<number, number | null>()
  private agents: AgentFacts[] = []

  set(facts: AgentFacts, now: number): void {
    this.agents = [...this.agents.filter(({ id }) => id !== facts.id), facts]
    this.advance(now)
  }

  /** A parent that goes takes its children that live and are in sight with it. */
  delete(id: number): void {
    const goes = (one: AgentFacts) =>
      one.id === id || (one.parentId === id && one.state !== 'ended' && this.isInSight(one))
    this.agents = this.agents.filter((one) => !goes(one))
  }

  move(from: number, into: number): void {
    this.agents = this.agents.map((one) =>
      one.projectId === from ? { ...one, projectId: into } : one,
    )
  }

  deleteProject(project: number): void {
    this.agents = this.agents.filter(({ projectId }) => projectId !== project)
    this.archived.delete(project)
  }

  advance(now: number): void {
    const isShown = ({ lastSeenAt, state, stateSince }: AgentFacts) =>
      now - lastSeenAt < 7 * 86_400_000 && (state !== 'ended' || now - stateSince < 3_600_000)
    this.agents = this.agents.filter(isShown)
  }

  select(wanted: {
    projectIds: readonly number[] | null
    agentIds: readonly number[]
    states: readonly State[]
  }): Session[] {
    const { projectIds, agentIds, states } = wanted
    return this.sessions().filter(
      ({ agent, children }) =>
        (projectIds === null || projectIds.includes(agent.projectId)) &&
        (states.length === 0 || states.includes(agent.state)) &&
        (agentIds.length === 0 || [agent, ...children].some(({ id }) => agentIds.includes(id))),
    )
  }

  counts(sessions: readonly Session[]) {
    const count = (...states: State[]) =>
      sessions.filter(({ agent }) => states.includes(agent.state)).length
    return {
      awaiting: count('awaiting_input'),
      working: count('processing', 'commanded'),
      idle: count('idle', 'complete'),
    }
  }

  /** By the project's id, each with the ids of its sessions by urgency. */
  sections(sessions: readonly Session[]) {
    const projects = [...new Set(sessions.map(({ agent }) => agent.projectId))]
    return projects
      .sort((a, b) => a - b)
      .map((projectId) => {
        const own = sessions.filter(({ agent }) => agent.projectId === projectId)
        const agents = own.flatMap(({ agent, children }) => [agent, ...children])
        const isRed = agents.some(({ state }) => state === 'awaiting_input' || state === 'errored')
        const isYellow = agents.some(
          ({ state, overlays }) =>
            ['processing', 'commanded'].includes(state) || overlays.includes('stuck'),
        )
        const order = (a: Session, b: Session) =>
          urgency(a.agent) - urgency(b.agent) ||
          a.agent.stateSince - b.agent.stateSince ||
          a.agent.id - b.agent.id
        const section = {
          projectId,
          light: isRed ? 'red' : isYellow ? 'yellow' : 'green',
          counts: this.counts(own),
          total: own.length,
          lastSeenAt: Math.max(...own.map(({ agent }) => agent.lastSeenAt)),
        }
        return [section, [...own].sort(order).map(({ agent }) => agent.id)]
      })
  }

  inCutOrder(sessions: readonly Session[]): AgentFacts[] {
    const rank = (agent: AgentFacts) => Math.min(3, urgency(agent))
    return sessions
      .map(({ agent }) => agent)
      .sort((a, b) => {
        const older = a.stateSince - b.stateSince || a.id - b.id
        return rank(a) - rank(b) || (rank(a) === 3 ? -older : older)
      })
  }

  /** The longest beginning that is within the limits. */
  page(sorted: readonly AgentFacts[], limits: Limits): readonly AgentFacts[] {
    const fits = (count: number) =>
      count <= limits.sessions &&
      new Set(sorted.slice(0, count).map(({ projectId }) => projectId)).size <= limits.sections
    let count = 0
    while (count < sorted.length && fits(count + 1)) count++
    return sorted.slice(0, count)
  }

  loud(projectIds: readonly number[] | null): number[] {
    const loud = this.select({ projectIds, agentIds: [], states: [] }).flatMap((session) => {
      const at = this.loudAt(session)
      return at === null ? [] : [{ id: session.agent.id, at }]
    })
    return loud
      .sort((a, b) => b.at - a.at || b.id - a.id)
      .map(({ id }) => id)
      .slice(0, 50)
  }

  /** Ids of sessions by who of them has waited the longest, and how many wait in all. */
  waiting(sessions: readonly Session[]): [number[], number] {
    const waiting = sessions.flatMap(({ agent, children }) => {
      const asking = children.filter(({ state }) => state === 'awaiting_input')
      const isItself =
        agent.state === 'awaiting_input' && (agent.firstAskAt !== null || asking.length === 0)
      return [...(isItself ? [agent] : []), ...asking].map((one) => ({
        session: agent.id,
        id: one.id,
        since: one.firstAskAt ?? one.stateSince,
      }))
    })
    const sorted = [...waiting].sort((a, b) => a.since - b.since || a.id - b.id)
    return [[...new Set(sorted.map(({ session }) => session))], waiting.length]
  }

  private loudAt({ agent, children }: Session): number | null {
    if (agent.state === 'awaiting_input') {
      const asks = [agent, ...children].flatMap(({ lastAskAt }) => lastAskAt ?? [])
      return asks.length > 0 ? Math.max(...asks) : agent.stateSince
    }
    if (agent.state === 'ended') return null
    const isLoud =
      agent.state === 'errored' || agent.state === 'complete' || agent.overlays.includes('stuck')
    return isLoud ? agent.stateSince : null
  }

  private sessions(): Session[] {
    const shown = this.agents.filter((one) => this.isInSight(one))
    const continued = new Set(shown.map(({ continuesId }) => continuesId))
    return shown
      .filter(({ id, parentId }) => parentId === null && !continued.has(id))
      .map((agent) => ({
        agent,
        children: shown.filter(({ parentId, state }) => parentId === agent.id && state !== 'ended'),
      }))
  }

  private isInSight({ projectId, lastSeenAt, archivedAt }: AgentFacts): boolean {
    const projectAt = this.archived.get(projectId) ?? null
    return (
      (projectAt === null || lastSeenAt > projectAt) &&
      (archivedAt === null || lastSeenAt > archivedAt)
    )
  }
}

function urgency({ state, overlays }: AgentFacts): number {
  if (['awaiting_input', 'errored', 'ended'].includes(state)) return URGENCY[state]
  if (overlays.includes('lost')) return 6
  return overlays.includes('stuck') || overlays.includes('overdue') ? 2 : URGENCY[state]
}
