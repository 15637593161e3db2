import type { EventFilter } from '../filter/filter'
import { sessionQuery } from '../filter/select'
import type { State } from '../log/state'
import { STATES } from '../log/state'
import type { Counts } from './board'
import type { BoardPlace } from './board-place'
import type { ProjectHealth } from './card'
import {
  bucketsOf,
  byCut,
  byLoudness,
  byUrgency,
  byWaiting,
  CALM,
  type Card,
  type CutKey,
} from './card'
import { type Bucket, type CardSets, Group, MAX_OF_PROJECT } from './card-sets'
import { first, mergeSorted, take } from './merge-sorted'
import type { RosterView } from './scoped-roster'

/** Which sessions are meant: of these projects, null for all; in these states, none for all. */
export interface Selection {
  readonly sets: CardSets
  readonly projectIds: readonly number[] | null
  readonly states: readonly State[]
}

/** The most that one page shows. */
export interface CutLimits {
  readonly sessions: number
  readonly ofProject: number
  readonly sections: number
}

export const BOARD_LIMITS: CutLimits = { sessions: 300, ofProject: MAX_OF_PROJECT, sections: 100 }
/** A project's own page leads through all of its sessions. */
export const PROJECT_LIMITS: CutLimits = { sessions: 200, ofProject: Infinity, sections: 1 }

export interface CutSection {
  readonly projectId: number
  /** Of all its selected sessions, whether the page shows them or not; so are the next three. */
  readonly light: ProjectHealth
  readonly counts: Counts
  readonly total: number
  readonly lastSeenAt: number | null
  /** Those that the page shows, by urgency. */
  readonly cards: readonly Card[]
}

interface BoardCut {
  readonly counts: Counts
  /** How many sessions are selected. */
  readonly total: number
  /** In no particular order. */
  readonly sections: readonly CutSection[]
  /** Where the next page begins; null where this one is the last. */
  readonly next: BoardPlace | null
  /** The sessions that have waited for a human the longest. */
  readonly waiting: readonly Card[]
  readonly waitingCount: number
}

const RANKS = [0, 1, 2, CALM]
const WAITING = 5

/** The sessions that a filter selects among those that may be seen. */
export function selectSessions(
  { index, projectIds: visible }: Pick<RosterView, 'index' | 'projectIds'>,
  filter: EventFilter,
): Selection {
  const { projects, agents, states, test } = sessionQuery(filter)
  return {
    sets: agents || test ? index.pick(agents, test) : index.sets,
    projectIds:
      projects && visible ? projects.filter((id) => visible.includes(id)) : (projects ?? visible),
    states: STATES.filter((state) => states?.includes(state)),
  }
}

/**
 * A page of a board: who needs a human first, then the newest change, from `place` on. Of a project
 * no more than its first `limits.ofProject` are on the pages of the board; all pages together show
 * each of those once.
 */
export function cutBoard(
  selection: Selection,
  place: BoardPlace | null = null,
  limits: CutLimits = BOARD_LIMITS,
): BoardCut {
  const { shown, next } = cutCards(selection, place, limits)
  return {
    counts: countsOf(selection),
    total: countOf(selection),
    sections: [...shown].map(([projectId, cards]) => sectionOf(selection, projectId, cards)),
    next,
    ...cutWaiting(selection, WAITING),
  }
}

/** How many of the selected sessions each project has; projects without any are left out. */
export function countProjects(selection: Selection): Map<number, number> {
  const { sets, projectIds, states } = selection
  const counts = new Map<number, number>()
  for (const id of projectIds ?? sets.projects.keys()) {
    const all = sets.projects.get(id)?.size ?? 0
    const count = states.length === 0 ? all : countOf({ ...selection, projectIds: [id] })
    if (count > 0) counts.set(id, count)
  }
  return counts
}

/** The section of a project, which may have no session that is selected. */
export function sectionOf(
  { sets, states }: Selection,
  projectId: number,
  cards: readonly Card[] = [],
): CutSection {
  const own = { sets, projectIds: [projectId], states }
  const groups = groupsOf(own)
  const heard = groups.flatMap((group) => group.heard.first?.lastSeenAt ?? [])
  return {
    projectId,
    light: lightOf(groups),
    counts: countsOf(own),
    total: countOf(own),
    lastSeenAt: heard.length > 0 ? Math.max(...heard) : null,
    cards: [...cards].sort(byUrgency),
  }
}

/** How many sessions are in one of the states, among those that are selected. */
export function countOf(selection: Selection, states: readonly State[] = selection.states): number {
  const wanted =
    selection.states.length === 0 ? states : states.filter((one) => selection.states.includes(one))
  if (wanted.length === 0 && selection.states.length + states.length > 0) return 0
  const pools = poolsOf({ ...selection, states: wanted })
  return pools.reduce((sum, pool) => sum + sizeOf(pool), 0)
}

export function countsOf(selection: Selection): Counts {
  return {
    awaiting: countOf(selection, ['awaiting_input']),
    working: countOf(selection, ['processing', 'commanded']),
    idle: countOf(selection, ['idle', 'complete']),
  }
}

/** The sessions with attention items, the newest first, at most `max`. */
export function cutLoud({ sets, projectIds }: Selection, max: number): Card[] {
  const lists =
    projectIds === null
      ? [sets.loud]
      : projectIds.flatMap((id) => sets.projects.get(id)?.loud ?? [])
  return first(
    mergeSorted(
      lists.map((list) => list[Symbol.iterator]()),
      byLoudness,
    ),
    max,
  )
}

/** The sessions that have waited for a human the longest. */
export function cutWaiting(selection: Selection, max: number) {
  const pools = poolsOf(selection)
  const waiting = first(
    mergeSorted(
      pools.map((pool) => pool.waiting[Symbol.iterator]()),
      byWaiting,
    ),
    max,
  )
  return { waiting, waitingCount: pools.reduce((sum, pool) => sum + pool.waitingCount, 0) }
}

function cutCards(selection: Selection, place: BoardPlace | null, limits: CutLimits) {
  const shown = new Map<number, Card[]>()
  const left = new Map<number, number>()
  let count = 0
  let last: Card | null = null
  for (const card of cardsAfter(selection, place, limits.ofProject)) {
    const { projectId } = card
    const free = left.get(projectId) ?? limits.ofProject - countBefore(selection, projectId, place)
    left.set(projectId, free - 1)
    // All that come after are further down in the project, too.
    if (free <= 0) continue
    const isNew = !shown.has(projectId)
    if (count === limits.sessions || (isNew && shown.size === limits.sections)) {
      return { shown, next: last && keyOf(last) }
    }
    shown.set(projectId, [...(shown.get(projectId) ?? []), card])
    count++
    last = card
  }
  return { shown, next: null }
}

function keyOf({ rank, stateSince, id }: Card): BoardPlace {
  return { rank, stateSince, id }
}

/** In order; of each pool no more than any page can show of it. */
function* cardsAfter(
  selection: Selection,
  place: BoardPlace | null,
  ofProject: number,
): Iterable<Card> {
  for (const rank of RANKS) {
    if (place && rank < place.rank) continue
    const from: CutKey | null = place?.rank === rank ? place : null
    const lists = poolsOf(selection, rank).map((pool) =>
      pool instanceof Group ? take(pool.cards.after(from), ofProject) : pool.cards.after(from),
    )
    yield* mergeSorted(lists, byCut)
  }
}

/** How many of the project's selected sessions earlier pages have passed. */
function countBefore({ sets, states }: Selection, projectId: number, place: BoardPlace | null) {
  if (place === null) return 0
  const groups = groupsOf({ sets, states, projectIds: [projectId] })
  const passed = ({ cards }: Group) => {
    const before = cards.countBefore(place)
    const next = cards.at(before)
    return next && byCut(next, place) === 0 ? before + 1 : before
  }
  return groups.reduce((sum, group) => sum + passed(group), 0)
}

/** What holds the selected cards: a bucket of all projects, or the groups of some. */
function poolsOf(selection: Selection, rank?: number): (Bucket | Group)[] {
  if (selection.projectIds !== null) return groupsOf(selection, rank)
  const at = rank === undefined ? allBucketsOf(selection.states) : bucketsOf(rank, selection.states)
  return at.flatMap((bucket) => selection.sets.buckets[bucket] ?? [])
}

function groupsOf({ sets, projectIds, states }: Selection, rank?: number): Group[] {
  const at = rank === undefined ? allBucketsOf(states) : bucketsOf(rank, states)
  return (projectIds ?? []).flatMap((id) => {
    const groups = sets.projects.get(id)?.groups
    return groups ? at.flatMap((bucket) => groups[bucket] ?? []) : []
  })
}

function allBucketsOf(states: readonly State[]): readonly number[] {
  return states.length === 0 ? ALL_BUCKETS : RANKS.flatMap((rank) => bucketsOf(rank, states))
}

const ALL_BUCKETS = RANKS.flatMap((rank) => bucketsOf(rank, []))

function sizeOf(pool: Bucket | Group): number {
  return 'size' in pool ? pool.size : pool.cards.size
}

function lightOf(groups: readonly Group[]): ProjectHealth {
  if (groups.some(({ lights }) => lights.red > 0)) return 'red'
  return groups.some(({ lights }) => lights.yellow > 0) ? 'yellow' : 'green'
}
