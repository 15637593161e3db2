import type { Filter } from '../filter/filter'
import { ALL_EVENTS, resolve } from '../filter/select'
import type { Agent, Project } from './agent'
import { attentionOf, MAX_ATTENTION } from './attention'
import type {
  Attention,
  Board,
  Chosen,
  FeedLine,
  ProjectSection,
  SessionCard,
  Waiting,
} from './board'
import type { BoardPlace } from './board-place'
import { type Card, MAX_CHILDREN, pickChildren, waitingOf } from './card'
import {
  BOARD_LIMITS,
  type CutLimits,
  type CutSection,
  countOf,
  cutBoard,
  cutLoud,
  type Selection,
  sectionOf,
  selectSessions,
} from './cut-board'
import { directoryOf, findProject } from './directory'
import type { RosterView } from './scoped-roster'
import type { Need } from './with-records'

const MAX_WAITING = 5
/** Subagents on one page, as long as that leaves each card some. */
const MAX_PAGE_CHILDREN = 600
const MIN_CHILDREN = 2

interface BoardRequest {
  readonly filter: Filter
  readonly place?: BoardPlace | null
  readonly limits?: CutLimits
  readonly feed?: readonly FeedLine[]
}

/** A page of the board of the roster under a filter, as of now. */
export function buildBoard(roster: RosterView, need: Need, request: BoardRequest): Board {
  const { filter, place = null, limits = BOARD_LIMITS, feed = [] } = request
  const scope = { projectIds: roster.projectIds, seesAccess: false }
  const selection = selectSessions(roster, resolve(filter, directoryOf(roster), scope))
  const empty = place === null ? emptySections(roster, filter, selection) : []
  const sections = limits.sections - empty.length
  const cut = cutBoard(selection, place, { ...limits, sections: Math.max(1, sections) })
  const maxChildren = childrenOfEach(cut.sections.flatMap(({ cards }) => cards))
  return {
    filter,
    place,
    counts: cut.counts,
    total: cut.total,
    next: cut.next,
    waiting: cut.waiting
      .flatMap((card) => waitingIn(card, need, roster))
      .sort((a, b) => a.since.getTime() - b.since.getTime() || a.agent.id - b.agent.id)
      .slice(0, MAX_WAITING),
    waitingCount: cut.waitingCount,
    sections: [...empty, ...cut.sections]
      .flatMap((section) => projectSection(section, { need, roster, maxChildren }) ?? [])
      .sort((a, b) => byName(a.project, b.project)),
    feed,
    chosen: chosenIn(filter, roster, need),
  }
}

/** What needs a human in all that may be seen. */
export function buildAttention(roster: RosterView, need: Need): Attention {
  const all = selectSessions(roster, ALL_EVENTS)
  const sessions = cutLoud(all, MAX_ATTENTION).flatMap((card) => sessionOf(card, need) ?? [])
  return attentionOf(sessions, countOf(all, ['awaiting_input']))
}

/** The names of what a filter names, as far as they are known and may be seen. */
export function chosenIn(filter: Filter, roster: RosterView, need: Need): Chosen {
  return {
    projects: filter.projects.flatMap((ref) => {
      const project = findProject(roster, ref)
      return project ? [{ ref, name: project.name }] : []
    }),
    agents: filter.agents.flatMap((id) => {
      const name = need(id) && roster.agent(id)?.name
      return name ? [{ id, name }] : []
    }),
  }
}

/** A project that was asked for is shown even when it has no session to show. */
function emptySections(
  roster: RosterView,
  filter: Filter,
  selection: Selection,
): readonly CutSection[] {
  if (filter.projects.length === 0 || filter.states.length + filter.agents.length > 0) return []
  return (
    (selection.projectIds ?? [])
      .map((projectId) => sectionOf(selection, projectId))
      // What was merged into another project has no section of its own.
      .filter(({ projectId, total }) => total === 0 && roster.project(projectId)?.id === projectId)
  )
}

function projectSection(
  { projectId, cards, lastSeenAt, ...section }: CutSection,
  { need, roster, maxChildren }: { need: Need; roster: RosterView; maxChildren: number },
): ProjectSection | null {
  const project = roster.project(projectId)
  if (!project) return null
  return {
    ...section,
    project,
    lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt),
    sessions: cards.flatMap((card) => sessionOf(card, need, maxChildren) ?? []),
  }
}

/** Null for a session that has just been removed. */
function sessionOf(card: Card, need: Need, maxChildren = MAX_CHILDREN): SessionCard | null {
  const shown = pickChildren(card.children, maxChildren)
  const children = shown.flatMap(({ id }) => need(id) ?? [])
  const agent = need(card.id)
  return agent && { agent, children, moreChildren: card.childCount - shown.length }
}

/** How many subagents each card shows where all of them together are too many for a page. */
function childrenOfEach(cards: readonly Card[]): number {
  const all = cards.reduce((sum, { children }) => sum + children.length, 0)
  if (all <= MAX_PAGE_CHILDREN) return MAX_CHILDREN
  return Math.max(MIN_CHILDREN, Math.floor(MAX_PAGE_CHILDREN / cards.length))
}

/** Who of the session and the children that it shows waits for a human. */
function waitingIn(card: Card, need: Need, roster: RosterView): Waiting[] {
  const session = sessionOf(card, need)
  const project = roster.project(card.projectId)
  if (!session || !project) return []
  const facts = [session.agent, ...session.children].map((agent) => withAsk(agent))
  const [own, ...children] = facts
  return own ? waitingOf(own, children).map((one) => waitingLine(session.agent, one, project)) : []
}

type Asking = ReturnType<typeof withAsk>

function withAsk(agent: Agent) {
  const [ask = null] = [...agent.memory.asks].sort((a, b) => a.openedAt - b.openedAt)
  return { agent, ask, state: agent.state, firstAskAt: ask?.openedAt ?? null }
}

function waitingLine(session: Agent, { agent, ask }: Asking, project: Project): Waiting {
  return {
    session,
    agent,
    project,
    ask: ask?.summary ?? agent.memory.lastMessage,
    askKind: ask?.kind ?? 'question',
    since: ask ? new Date(ask.openedAt) : agent.stateSince,
  }
}

function byName(a: Project, b: Project): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id
}
