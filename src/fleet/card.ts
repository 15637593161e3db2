import { STATES, type State } from '../log/state'
import type { Agent } from './agent'
import { OVERLAYS, type Overlay } from './state'

/** How a project or a session is: red needs a human, yellow works, green rests. */
export type ProjectHealth = 'red' | 'yellow' | 'green'

/** What the index keeps of an agent: numbers and words that many share, none of its texts. */
export interface AgentFacts extends Pick<Agent, 'id' | 'parentId' | 'state' | 'overlays'> {
  readonly projectId: number
  readonly continuesId: number | null
  /** Milliseconds since 1970, like all times here. */
  readonly stateSince: number
  readonly lastSeenAt: number
  /** Out of sight until it is heard of again. */
  readonly archivedAt: number | null
  /** When the first and the last of its open asks were opened; null where nothing is asked. */
  readonly firstAskAt: number | null
  readonly lastAskAt: number | null
}

/** A session as the board orders, counts and colours it, with its subagents that live. */
export interface Card {
  readonly id: number
  readonly projectId: number
  readonly state: State
  /** 0 to 2: it needs a human; 3: it does not. */
  readonly rank: number
  /** Its place among the cards of its project; a finer rank. */
  readonly urgency: number
  readonly stateSince: number
  readonly lastSeenAt: number
  readonly light: ProjectHealth
  /** The subagents that the card shows, at most MAX_CHILDREN, by their ids. */
  readonly children: readonly AgentFacts[]
  readonly childCount: number
  /** How many of the session and the children that it shows wait for a human themselves. */
  readonly waitingCount: number
  /** Since when the first of them has waited, and which one that is. */
  readonly waitingSince: number
  readonly waitingId: number
  /** When its newest attention item began; null where there is none. */
  readonly loudAt: number | null
}

/** So many subagents of a session are shown; of more, those that need a human or work. */
export const MAX_CHILDREN = 20

/** The urgency of a session that needs no human. */
export const CALM = 3

/** Order of the cut: who needs a human first, for the longest time first; then the newest change. */
export type CutKey = Pick<Card, 'rank' | 'stateSince' | 'id'>

export function byCut(a: CutKey, b: CutKey): number {
  if (a.rank !== b.rank) return a.rank - b.rank
  const older = a.stateSince - b.stateSince || a.id - b.id
  return a.rank === CALM ? -older : older
}

/** Sessions that need a human first; among equals, the one longest in its state. */
export function byUrgency(a: Card, b: Card): number {
  return a.urgency - b.urgency || a.stateSince - b.stateSince || a.id - b.id
}

export function byLastSeen(a: Card, b: Card): number {
  return b.lastSeenAt - a.lastSeenAt || b.id - a.id
}

/** The longest wait first. */
export function byWaiting(a: Card, b: Card): number {
  return a.waitingSince - b.waitingSince || a.waitingId - b.waitingId
}

/** The newest first, as attention lists it. */
export function byLoudness(a: Card, b: Card): number {
  return (b.loudAt ?? 0) - (a.loudAt ?? 0) || b.id - a.id
}

/** Cards of one bucket have the same state and the same rank. */
export const BUCKETS = STATES.length * 2

export function bucketOf({ state, rank }: Pick<Card, 'state' | 'rank'>): number {
  return STATES.indexOf(state) * 2 + (rank === 2 ? 1 : 0)
}

/** The buckets of a rank that hold cards of these states; of all states where none is given. */
export function bucketsOf(rank: number, states: readonly State[]): readonly number[] {
  return states.length === 0 ? (BUCKETS_OF_RANK[rank] ?? []) : findBuckets(rank, states)
}

function findBuckets(rank: number, states: readonly State[]): number[] {
  return STATES.filter((state) => states.includes(state) && mayHaveRank(state, rank)).map((state) =>
    bucketOf({ state, rank }),
  )
}

function mayHaveRank(state: State, rank: number): boolean {
  if (state === 'awaiting_input') return rank === 0
  if (state === 'errored') return rank === 1
  return rank === CALM || (rank === 2 && state !== 'ended')
}

const BUCKETS_OF_RANK = [0, 1, 2, CALM].map((rank) => findBuckets(rank, STATES))

/** The card of a session with its children that have not ended, in any order. */
export function cardOf(agent: AgentFacts, all: Iterable<AgentFacts>): Card {
  const family = [...all]
  const children = pickChildren(family)
  const waiting = waitingOf(agent, children)
  const [first] = [...waiting].sort((a, b) => waitingStart(a) - waitingStart(b) || a.id - b.id)
  const urgency = urgencyOf(agent)
  return {
    id: agent.id,
    projectId: agent.projectId,
    state: agent.state,
    rank: Math.min(urgency, CALM),
    urgency,
    stateSince: agent.stateSince,
    lastSeenAt: agent.lastSeenAt,
    light: lightOf([agent, ...family]),
    children: children.length === 0 ? NOBODY : children,
    childCount: family.length,
    waitingCount: waiting.length,
    waitingSince: first ? waitingStart(first) : 0,
    waitingId: first?.id ?? 0,
    loudAt: loudAt(agent, children),
  }
}

const NOBODY: readonly AgentFacts[] = []

export function lightOf(agents: readonly Pick<AgentFacts, 'state' | 'overlays'>[]): ProjectHealth {
  if (agents.some(({ state }) => state === 'awaiting_input' || state === 'errored')) return 'red'
  const isBusy = agents.some(
    ({ state, overlays }) =>
      state === 'processing' || state === 'commanded' || overlays.includes('stuck'),
  )
  return isBusy ? 'yellow' : 'green'
}

/** A parent that waits only because a child does is represented by that child. */
export function waitingOf<
  One extends Pick<AgentFacts, 'state'> & { readonly firstAskAt: number | null },
>(agent: One, children: readonly One[]): One[] {
  const waiting = children.filter(({ state }) => state === 'awaiting_input')
  if (agent.state !== 'awaiting_input') return waiting
  return agent.firstAskAt === null && waiting.length > 0 ? waiting : [agent, ...waiting]
}

function waitingStart({ firstAskAt, stateSince }: AgentFacts): number {
  return firstAskAt ?? stateSince
}

/** When the newest of its attention items began: src/fleet/attention.ts makes them. */
function loudAt(agent: AgentFacts, children: readonly AgentFacts[]): number | null {
  const { state, overlays, stateSince } = agent
  if (state === 'awaiting_input') {
    const asking = [agent, ...children].filter((one) => one.state === 'awaiting_input')
    const newest = asking.flatMap(({ lastAskAt }) => lastAskAt ?? [])
    return newest.length > 0 ? Math.max(...newest) : stateSince
  }
  if (state === 'ended') return null
  const isLoud = state === 'errored' || state === 'complete' || overlays.includes('stuck')
  return isLoud ? stateSince : null
}

function urgencyOf({ state, overlays }: AgentFacts): number {
  if (state === 'awaiting_input') return 0
  if (state === 'errored') return 1
  if (state === 'ended') return 7
  if (overlays.includes('lost')) return 6
  if (overlays.includes('stuck') || overlays.includes('overdue')) return 2
  if (state === 'processing' || state === 'commanded') return 3
  return state === 'complete' ? 4 : 5
}

const CHILD_ORDER: readonly State[] = ['awaiting_input', 'errored', 'processing', 'commanded']

/** Of many children those that need a human or work, by their ids. */
export function pickChildren(children: readonly AgentFacts[], max = MAX_CHILDREN): AgentFacts[] {
  const byId = (a: AgentFacts, b: AgentFacts) => a.id - b.id
  if (children.length <= max) return [...children].sort(byId)
  const place = ({ state }: AgentFacts) => {
    const found = CHILD_ORDER.indexOf(state)
    return found < 0 ? CHILD_ORDER.length : found
  }
  const wait = (one: AgentFacts) => (one.state === 'awaiting_input' ? waitingStart(one) : 0)
  return [...children]
    .sort((a, b) => place(a) - place(b) || wait(a) - wait(b) || a.id - b.id)
    .slice(0, max)
    .sort(byId)
}

/** The overlays that are known among these; equal ones are the same list. */
export function sharedOverlays(overlays: readonly string[]): readonly Overlay[] {
  const known = OVERLAYS.filter((overlay) => overlays.includes(overlay))
  const key = known.join()
  const shared = SHARED.get(key) ?? known
  SHARED.set(key, shared)
  return shared
}

const SHARED = new Map<string, readonly Overlay[]>()
