import {
  BUCKETS,
  bucketOf,
  byCut,
  byLastSeen,
  byLoudness,
  byWaiting,
  type Card,
  type CutKey,
} from './card'
import { SortedList } from './sorted-list'

/** No page shows more of one project than the first so many of a bucket, but for the project's own. */
export const MAX_OF_PROJECT = 200

/** The cards of one project in one bucket. */
export class Group {
  readonly cards = new SortedList<Card, CutKey>(byCut)
  readonly heard = new SortedList<Card>(byLastSeen)
  readonly waiting = new SortedList<Card>(byWaiting)
  /** How many cards are of each light. */
  readonly lights = { red: 0, yellow: 0, green: 0 }
  /** How many wait for a human: a session can be several. */
  waitingCount = 0

  add(card: Card): void {
    this.cards.add(card)
    this.heard.add(card)
    if (card.waitingCount > 0) this.waiting.add(card)
    this.lights[card.light]++
    this.waitingCount += card.waitingCount
  }

  remove(card: Card): void {
    this.cards.remove(card)
    this.heard.remove(card)
    if (card.waitingCount > 0) this.waiting.remove(card)
    this.lights[card.light]--
    this.waitingCount -= card.waitingCount
  }
}

/** The cards of one project. */
class ProjectCards {
  readonly groups: (Group | undefined)[] = []
  readonly loud = new SortedList<Card>(byLoudness)
  size = 0
}

/** The cards of all projects in one bucket. */
export class Bucket {
  /** Of each project no more than its first ones: others are on no page of all projects. */
  readonly cards = new SortedList<Card, CutKey>(byCut)
  readonly waiting = new SortedList<Card>(byWaiting)
  size = 0
  waitingCount = 0
}

/**
 * Cards in the orders in which pages show them, of all projects together and of each. A change costs
 * the same however many there are. Cards are never changed: one is removed and another added.
 */
export class CardSets {
  readonly buckets: readonly Bucket[] = Array.from({ length: BUCKETS }, () => new Bucket())
  readonly loud = new SortedList<Card>(byLoudness)
  readonly projects = new Map<number, ProjectCards>()

  add(card: Card): void {
    const at = bucketOf(card)
    const project = this.projects.get(card.projectId) ?? new ProjectCards()
    this.projects.set(card.projectId, project)
    const group = project.groups[at] ?? new Group()
    project.groups[at] = group
    group.add(card)
    project.size++
    const bucket = this.bucket(at)
    bucket.size++
    bucket.waitingCount += card.waitingCount
    if (card.waitingCount > 0) bucket.waiting.add(card)
    // The first card that is one too many now.
    const pushedOut = group.cards.at(MAX_OF_PROJECT)
    if (!pushedOut || byCut(card, pushedOut) < 0) {
      bucket.cards.add(card)
      if (pushedOut) bucket.cards.remove(pushedOut)
    }
    if (card.loudAt === null) return
    project.loud.add(card)
    this.loud.add(card)
  }

  remove(card: Card): void {
    const at = bucketOf(card)
    const project = this.projects.get(card.projectId)
    const group = project?.groups[at]
    if (!project || !group) return
    const bucket = this.bucket(at)
    const comesIn = group.cards.at(MAX_OF_PROJECT)
    const isListed = bucket.cards.remove(card)
    if (isListed && comesIn) bucket.cards.add(comesIn)
    group.remove(card)
    bucket.size--
    bucket.waitingCount -= card.waitingCount
    if (card.waitingCount > 0) bucket.waiting.remove(card)
    if (card.loudAt !== null) {
      project.loud.remove(card)
      this.loud.remove(card)
    }
    if (group.cards.size === 0) project.groups[at] = undefined
    project.size--
    if (project.size === 0) this.projects.delete(card.projectId)
  }

  private bucket(at: number): Bucket {
    const bucket = this.buckets[at]
    if (!bucket) throw new RangeError(`There is no bucket ${at}`)
    return bucket
  }
}
