import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NaiveFleet } from '../../test/support/naive-fleet'
import { ALL_EVENTS } from '../filter/select'
import { STATES, type State } from '../log/state'
import { type AgentFacts, sharedOverlays } from './card'
import {
  cutBoard,
  cutLoud,
  cutWaiting,
  type Selection,
  sectionOf,
  selectSessions,
} from './cut-board'
import { SessionIndex } from './session-index'

const AT = Date.parse('2026-11-21T03:30:00.000Z')
const HOUR_MS = 3_600_000
const IDS = fc.integer({ min: 1, max: 24 })
const PROJECTS = fc.integer({ min: 1, max: 5 })
const TIMES = fc.integer({ min: 0, max: 40 }).map((n) => AT + n)

/** Nothing, `nothings` times as often as something. */
function seldom<T>(something: fc.Arbitrary<T>, nothings: number): fc.Arbitrary<T | null> {
  return fc.oneof(
    { weight: nothings, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: something },
  )
}

const FACTS = fc
  .record({
    id: IDS,
    projectId: PROJECTS,
    parentId: seldom(IDS, 3),
    continuesId: seldom(IDS, 8),
    state: fc.constantFrom(...STATES),
    overlays: fc.constantFrom<string[]>([], ['stuck'], ['overdue'], ['lost', 'stuck']),
    stateSince: TIMES,
    lastSeenAt: TIMES,
    archivedAt: seldom(TIMES, 8),
    asks: seldom(fc.tuple(TIMES, TIMES), 1),
  })
  .map(
    ({ asks, overlays, ...facts }): AgentFacts => ({
      ...facts,
      // A child has no children and goes on from nobody.
      ...(facts.parentId !== null && { continuesId: null }),
      overlays: sharedOverlays(overlays),
      firstAskAt: asks && facts.state === 'awaiting_input' ? Math.min(...asks) : null,
      lastAskAt: asks && facts.state === 'awaiting_input' ? Math.max(...asks) : null,
    }),
  )

type Change =
  | { do: 'set'; facts: AgentFacts }
  | { do: 'delete'; id: number }
  | { do: 'advance'; ms: number }
  | { do: 'archive'; project: number; at: number | null }
  | { do: 'move'; project: number; into: number }
  | { do: 'deleteProject'; project: number }

const CHANGE: fc.Arbitrary<Change> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ do: fc.constant('set' as const), facts: FACTS }) },
  fc.record({ do: fc.constant('delete' as const), id: IDS }),
  fc.record({
    do: fc.constant('advance' as const),
    ms: fc.constantFrom(1, HOUR_MS - 20, 6 * 24 * HOUR_MS),
  }),
  fc.record({
    do: fc.constant('archive' as const),
    project: PROJECTS,
    at: seldom(TIMES, 1),
  }),
  fc.record({ do: fc.constant('move' as const), project: PROJECTS, into: PROJECTS }),
  fc.record({ do: fc.constant('deleteProject' as const), project: PROJECTS }),
)

const CHANGES = fc.array(CHANGE, { maxLength: 80, size: 'max' })

const SELECTION = fc.record({
  projectIds: seldom(fc.uniqueArray(PROJECTS, { maxLength: 3 }), 1),
  states: fc.oneof(
    fc.constant<State[]>([]),
    fc.uniqueArray(fc.constantFrom<State>(...STATES), { maxLength: 3 }),
  ),
  agentIds: fc.oneof(fc.constant<number[]>([]), fc.uniqueArray(IDS, { maxLength: 3 })),
})

interface Wanted {
  readonly projectIds: readonly number[] | null
  readonly agentIds: readonly number[]
  readonly states: readonly State[]
}

function select(index: SessionIndex, { projectIds, agentIds, states }: Wanted): Selection {
  const agents = agentIds.length > 0 ? agentIds : null
  const filter = {
    ...ALL_EVENTS,
    projects: projectIds,
    agents,
    states: states.length > 0 ? states : null,
  }
  return selectSessions({ index, projectIds: null }, filter)
}

describe('after any changes the index says what a look at all sessions says', () => {
  test('who is shown, in which order, counted and coloured how', () => {
    fc.assert(
      fc.property(CHANGES, SELECTION, (changes, wanted) => {
        const { index, naive } = replay(changes)
        const selection = select(index, wanted)
        const expected = naive.select(wanted)
        const { sections, ...cut } = cutBoard(selection, null, UNLIMITED)
        expect(cut.counts).toEqual(naive.counts(expected))
        expect(cut.total).toBe(expected.length)
        const byId = [...sections].sort((a, b) => a.projectId - b.projectId)
        expect(byId.map(({ cards, ...section }) => [section, ids(cards)])).toEqual(
          naive.sections(expected),
        )
        expect(sectionOf(selection, 99)).toMatchObject({
          total: 0,
          light: 'green',
          lastSeenAt: null,
        })
      }),
    )
  })

  test('who needs a human, and for how long', () => {
    fc.assert(
      fc.property(CHANGES, SELECTION, (changes, wanted) => {
        const { index, naive } = replay(changes)
        const expected = naive.select(wanted)
        const selection = select(index, wanted)
        expect(ids(cutLoud(select(index, { ...wanted, agentIds: [], states: [] }), 50))).toEqual(
          naive.loud(wanted.projectIds),
        )
        const { waiting, waitingCount } = cutWaiting(selection, 50)
        expect([ids(waiting), waitingCount]).toEqual(naive.waiting(expected))
      }),
    )
  })

  test('page by page each session once, but for those that a project has too many of', () => {
    const limits = { sessions: 4, ofProject: 3, sections: 2 }
    fc.assert(
      fc.property(CHANGES, SELECTION, (changes, wanted) => {
        const { index, naive } = replay(changes)
        const selection = select(index, wanted)
        const pages = pagesOf(selection, limits)
        for (const page of pages) {
          expect(page.cards.length).toBeLessThanOrEqual(limits.sessions)
          expect(page.sections).toBeLessThanOrEqual(limits.sections)
        }
        const all = naive.inCutOrder(naive.select(wanted))
        const first = all.filter(
          (card, i) =>
            all.slice(0, i).filter(({ projectId }) => projectId === card.projectId).length < 3,
        )
        expect(pages.flatMap(({ cards }) => cards).sort(byNumber)).toEqual(
          ids(first).sort(byNumber),
        )
        expect(pages[0]?.cards.sort(byNumber)).toEqual(
          ids(naive.page(first, limits)).sort(byNumber),
        )
      }),
    )
  })

  test('what it holds is let go of', () => {
    fc.assert(
      fc.property(CHANGES, (changes) => {
        const { index } = replay(changes)
        index.advance(Infinity)
        expect([index.size, index.sets.projects.size, index.sets.loud.size]).toEqual([0, 0, 0])
        for (const bucket of index.sets.buckets) {
          expect([bucket.size, bucket.cards.size, bucket.waiting.size]).toEqual([0, 0, 0])
        }
      }),
    )
  })
})

test('of a project with thousands the first are on the board, and its own page has all', () => {
  const index = new SessionIndex()
  for (let id = 1; id <= 1_000; id++) index.set(facts({ id, projectId: id % 2 ? 1 : id }), AT)
  const selection = selectSessions({ index, projectIds: null }, ALL_EVENTS)
  const pages = pagesOf(selection)
  expect(pages.flatMap(({ cards }) => cards).filter((id) => id % 2)).toHaveLength(200)
  expect(new Set(pages.flatMap(({ cards }) => cards)).size).toBe(700)
  const { sections } = cutBoard(selection)
  expect(sections.find(({ projectId }) => projectId === 1)?.total).toBe(500)
  const own = { ...selection, projectIds: [1] }
  const limits = { sessions: 200, ofProject: Infinity, sections: 1 }
  expect(pagesOf(own, limits).map(({ cards }) => cards.length)).toEqual([200, 200, 100])
  // As sessions leave, others come into the first two hundred.
  for (let id = 1; id <= 1_000; id += 4) index.delete(id)
  for (const id of [1_001, 1_003, 1_005]) index.set(facts({ id, state: 'awaiting_input' }), AT)
  const after = pagesOf(selection).flatMap(({ cards }) => cards)
  expect(after.filter((id) => id % 2)).toHaveLength(200)
  expect(after.slice(0, 3).sort(byNumber)).toEqual([1_001, 1_003, 1_005])
})

const UNLIMITED = { sessions: Infinity, ofProject: Infinity, sections: Infinity }

function replay(changes: readonly Change[]) {
  const index = new SessionIndex()
  const naive = new NaiveFleet()
  let now = AT
  for (const change of changes) {
    if (change.do === 'advance') now += change.ms
    if (change.do === 'set') {
      index.set(change.facts, now)
      naive.set(change.facts, now)
    }
    if (change.do === 'delete') {
      index.delete(change.id)
      naive.delete(change.id)
    }
    if (change.do === 'archive') {
      index.setArchived(change.project, change.at)
      naive.archived.set(change.project, change.at)
    }
    if (change.do === 'move') {
      index.moveProject(change.project, change.into)
      naive.move(change.project, change.into)
    }
    if (change.do === 'deleteProject') {
      index.deleteProject(change.project)
      naive.deleteProject(change.project)
    }
    index.advance(now)
    naive.advance(now)
  }
  return { index, naive }
}

function pagesOf(selection: Selection, limits?: Parameters<typeof cutBoard>[2]) {
  const pages: { cards: number[]; sections: number }[] = []
  for (let place: Parameters<typeof cutBoard>[1] = null; ; ) {
    const { sections, next } = cutBoard(selection, place, limits)
    pages.push({
      cards: sections.flatMap(({ cards }) => ids(cards)),
      sections: sections.length,
    })
    if (!next) return pages
    place = next
  }
}

function facts(over: Partial<AgentFacts>): AgentFacts {
  return {
    id: 1,
    projectId: 1,
    parentId: null,
    continuesId: null,
    state: 'idle',
    overlays: [],
    stateSince: AT + (over.id ?? 0),
    lastSeenAt: AT,
    archivedAt: null,
    firstAskAt: null,
    lastAskAt: null,
    ...over,
  }
}

function ids(cards: readonly { readonly id: number }[]): number[] {
  return cards.map(({ id }) => id)
}

function byNumber(a: number, b: number): number {
  return a - b
}
