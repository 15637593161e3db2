import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STATES } from '../../log/state'
import { dueAt } from './due'
import { type AgentMemory, newMemory } from './memory'
import { applySilence } from './silence'

const AT = Date.parse('2026-11-21T03:30:00.000Z')
const HOUR_MS = 3_600_000
const TIME = fc.integer({ min: -HOUR_MS, max: 0 }).map((ms) => AT + ms)

const MEMORY: fc.Arbitrary<AgentMemory> = fc
  .record({
    isChild: fc.boolean(),
    heardAt: TIME,
    turn: fc.option(
      fc.record({
        id: fc.constant('t'),
        promptId: fc.constant(null),
        openedAt: TIME,
        closedAt: fc.option(TIME),
        outcome: fc.constantFrom('complete' as const, 'errored' as const, null),
        error: fc.constant(null),
        active: fc.boolean(),
      }),
    ),
    tools: fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b'),
        name: fc.constantFrom('Bash', 'Edit'),
        hash: fc.constant('h'),
        summary: fc.constant('ls'),
        startedAt: TIME,
        limitMs: fc.option(fc.integer({ min: 1, max: HOUR_MS })),
        keyIsHash: fc.boolean(),
        overdue: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    asks: fc.array(
      fc.record({
        key: fc.constant('a'),
        kind: fc.constant('permission' as const),
        toolKey: fc.constantFrom('a', null),
        toolName: fc.constant('Bash'),
        summary: fc.constant('ls'),
        openedAt: TIME,
        fromNotice: fc.boolean(),
        escalated: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    failures: fc.array(
      fc.record({ tool: fc.constant('Bash'), summary: fc.constant('x'), at: TIME }),
      { maxLength: 4 },
    ),
    reported: fc.option(fc.constantFrom(...STATES)),
    reportedAt: TIME,
    state: fc.constantFrom(...STATES),
    seen: fc.boolean(),
  })
  .map((over) => ({ ...newMemory('k', AT), ...over }))

test('nothing is due before the time that is told, however silent it is', () => {
  fc.assert(
    fc.property(MEMORY, fc.option(TIME), fc.double({ min: 0, max: 1, noNaN: true }), (...given) => {
      const [told, since, share] = given
      // As it is once the clock has been applied.
      const memory = applySilence(told, AT, since ?? -Infinity).memory
      const due = dueAt(memory, AT, since ?? -Infinity)
      const until = due ?? AT + 10 * HOUR_MS
      for (const at of [AT, AT + Math.floor((until - AT) * share), until - 1]) {
        if (at < AT || at >= until) continue
        expect(applySilence(memory, at, since ?? -Infinity).facts).toEqual([])
      }
      // Who stores the time knows nothing of silence that does not count: that only puts things off.
      const early = dueAt(memory, AT) ?? AT + 10 * HOUR_MS
      for (const at of [AT, AT + Math.floor((early - AT) * share), early - 1]) {
        if (at < AT || at >= early) continue
        expect(applySilence(memory, at, since ?? -Infinity).facts).toEqual([])
      }
    }),
    { numRuns: 500 },
  )
})

test('what the clock changes now is due now, and what has ended never', () => {
  const memory = newMemory('k', AT)
  const open = { id: 't', promptId: null, openedAt: AT, closedAt: null, outcome: null, error: null }
  const works = { ...memory, state: 'processing' as const, turn: { ...open, active: true } }
  expect(dueAt(works, AT + 3 * 60_000)).toBe(AT + 3 * 60_000)
  expect(dueAt(works, AT)).toBe(AT + 2 * 60_000)
  expect(dueAt({ ...works, ended: { reason: 'exit', at: AT } }, AT)).toBe(null)
})
