import { type AgentFacts, type Card, cardOf } from './card'
import { CardSets } from './card-sets'
import { SortedList } from './sorted-list'

const HOUR_MS = 3_600_000
/** An ended agent leaves the board after this long; it stays in its project's list. */
export const ENDED_SHOWN_MS = HOUR_MS
/** A session that did not end and has been silent for so long leaves the board as well. */
export const SILENT_SHOWN_MS = 7 * 24 * HOUR_MS

interface Known {
  readonly facts: AgentFacts
  readonly id: number
  readonly leavesAt: number
  /** It has been heard of since it, or its project, was archived. */
  readonly isInSight: boolean
}

/**
 * All sessions that pages can show, with what is needed to order, cut, count and colour them. It
 * changes with what changes: no answer and no change walks all sessions.
 */
export class SessionIndex {
  readonly sets = new CardSets()
  private readonly known = new Map<number, Known>()
  private readonly cards = new Map<number, Card>()
  private readonly members = new Map<number, Set<number>>()
  private readonly archivedAt = new Map<number, number>()
  /** Children that live and are in sight, by their parent. */
  private readonly children = new Map<number, Map<number, AgentFacts>>()
  /** How many sessions in sight go on from a session. */
  private readonly continued = new Map<number, number>()
  private readonly leaving = new SortedList<Known>((a, b) => a.leavesAt - b.leavesAt || a.id - b.id)

  /** How many agents it holds, those that are out of sight too. */
  get size(): number {
    return this.known.size
  }

  /** An agent that pages can show. */
  agent(id: number | null): AgentFacts | null {
    const known = id === null ? undefined : this.known.get(id)
    return known?.isInSight ? known.facts : null
  }

  card(id: number): Card | null {
    return this.cards.get(id) ?? null
  }

  /** The card that shows the agent: its own, or for a child that lives its parent's. */
  cardWith(id: number): Card | null {
    const facts = this.agent(id)
    if (!facts || facts.parentId === null) return this.card(id)
    return this.children.get(facts.parentId)?.has(id) ? this.card(facts.parentId) : null
  }

  /** The cards that show these agents, null for all cards, on their own, as far as they pass the test. */
  pick(
    agentIds: readonly number[] | null,
    test: ((card: Card) => boolean) | null = null,
  ): CardSets {
    const picked = new CardSets()
    const cards = agentIds ? agentIds.map((id) => this.cardWith(id)) : this.cards.values()
    for (const card of new Set(cards)) if (card && (!test || test(card))) picked.add(card)
    return picked
  }

  hasProject(projectId: number): boolean {
    for (const id of this.members.get(projectId) ?? [])
      if (this.known.get(id)?.isInSight) return true
    return false
  }

  /** Takes what is known of an agent now. */
  set(facts: AgentFacts, now: number): void {
    const touched = new Set<number>()
    this.take(facts.id, touched)
    this.put(facts, now, touched)
    this.settle(touched)
  }

  /** Lets go of an agent that is gone, and of its children. */
  delete(id: number): void {
    const touched = new Set<number>()
    for (const child of [...(this.children.get(id)?.keys() ?? [])]) this.take(child, touched)
    this.take(id, touched)
    this.settle(touched)
  }

  /** Lets go of who ended or fell silent too long ago to be shown. */
  advance(now: number): void {
    const touched = new Set<number>()
    for (let next = this.leaving.first; next && next.leavesAt <= now; next = this.leaving.first) {
      this.take(next.id, touched)
    }
    this.settle(touched)
  }

  /** Sessions of the project that have not been heard of since are out of sight; null: none is. */
  setArchived(projectId: number, at: number | null): void {
    if ((this.archivedAt.get(projectId) ?? null) === at) return
    if (at === null) this.archivedAt.delete(projectId)
    else this.archivedAt.set(projectId, at)
    this.putAgain(projectId, projectId)
  }

  /** Sessions of a project are those of another from now on. */
  moveProject(projectId: number, intoId: number): void {
    if (this.members.has(projectId)) this.putAgain(projectId, intoId)
  }

  /** Lets go of a project that is gone with all its sessions. */
  deleteProject(projectId: number): void {
    const touched = new Set<number>()
    for (const id of [...(this.members.get(projectId) ?? [])]) this.take(id, touched)
    this.archivedAt.delete(projectId)
    this.settle(touched)
  }

  private putAgain(projectId: number, intoId: number): void {
    const touched = new Set<number>()
    for (const id of [...(this.members.get(projectId) ?? [])]) {
      const known = this.known.get(id)
      this.take(id, touched)
      if (known) this.put({ ...known.facts, projectId: intoId }, -Infinity, touched)
    }
    this.settle(touched)
  }

  private put(facts: AgentFacts, now: number, touched: Set<number>): void {
    const { id, projectId, parentId, continuesId } = facts
    const known = { id, facts, leavesAt: leavesAt(facts), isInSight: this.isInSight(facts) }
    if (known.leavesAt <= now) return
    this.known.set(id, known)
    this.leaving.add(known)
    this.members.set(projectId, (this.members.get(projectId) ?? new Set()).add(id))
    if (!known.isInSight) return
    touched.add(parentId ?? id)
    if (continuesId !== null) {
      this.continued.set(continuesId, (this.continued.get(continuesId) ?? 0) + 1)
      touched.add(continuesId)
    }
    if (parentId === null || facts.state === 'ended') return
    this.children.set(parentId, (this.children.get(parentId) ?? new Map()).set(id, facts))
  }

  private take(id: number, touched: Set<number>): void {
    const known = this.known.get(id)
    if (!known) return
    const { projectId, parentId, continuesId } = known.facts
    this.known.delete(id)
    this.leaving.remove(known)
    const members = this.members.get(projectId)
    members?.delete(id)
    if (members?.size === 0) this.members.delete(projectId)
    if (!known.isInSight) return
    touched.add(parentId ?? id)
    if (continuesId !== null) {
      const count = (this.continued.get(continuesId) ?? 0) - 1
      if (count > 0) this.continued.set(continuesId, count)
      else this.continued.delete(continuesId)
      touched.add(continuesId)
    }
    if (parentId === null) return
    const siblings = this.children.get(parentId)
    siblings?.delete(id)
    if (siblings?.size === 0) this.children.delete(parentId)
  }

  /** Rebuilds the cards of changed sessions. */
  private settle(touched: ReadonlySet<number>): void {
    for (const id of touched) {
      const before = this.cards.get(id)
      if (before) this.sets.remove(before)
      const card = this.makeCard(id)
      if (card) {
        this.cards.set(id, card)
        this.sets.add(card)
      } else this.cards.delete(id)
    }
  }

  /** A session that another one continues has no card of its own any more. */
  private makeCard(id: number): Card | null {
    const facts = this.agent(id)
    if (!facts || facts.parentId !== null || this.continued.has(id)) return null
    return cardOf(facts, this.children.get(id)?.values() ?? [])
  }

  private isInSight({ projectId, lastSeenAt, archivedAt }: AgentFacts): boolean {
    const putAwayAt = Math.max(archivedAt ?? -Infinity, this.archivedAt.get(projectId) ?? -Infinity)
    return lastSeenAt > putAwayAt
  }
}

/** From when on the agent is on no board. */
function leavesAt({ state, stateSince, lastSeenAt }: AgentFacts): number {
  const silentAt = lastSeenAt + SILENT_SHOWN_MS
  return state === 'ended' ? Math.min(silentAt, stateSince + ENDED_SHOWN_MS) : silentAt
}
