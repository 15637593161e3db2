import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STATES } from '../../log/state'
import { OVERLAYS } from '../state'
import { apply, applyChild } from './apply'
import type { DerivedEvent } from './change'
import { deriveState } from './derive-state'
import { type AgentMemory, BOUNDS, newMemory } from './memory'
import { markSeen } from './seen'
import type { Signal, ToolCall } from './signal'
import { applySilence } from './silence'

const tool: fc.Arbitrary<ToolCall> = fc
  .record({
    id: fc.integer({ min: 0, max: 90 }),
    name: fc.constantFrom('Bash', 'Edit', 'Task'),
    keyIsHash: fc.boolean(),
  })
  .map(({ id, name, keyIsHash }) => ({
    key: keyIsHash ? `#${name}${id}` : `tool-${id}`,
    name,
    hash: `${name}${id}`,
    summary: `run ${id}`,
    limitMs: id % 2 ? 60_000 : null,
    keyIsHash,
  }))

const text = fc.constantFrom('', 'Done.', 'Shall I?', 'x'.repeat(5000))
const key = fc.constantFrom('form', 'link', null)
const background = fc.option(
  fc
    .array(fc.constantFrom('kid-1', 'kid-2', 'job'), { maxLength: 3 })
    .map((ids) => ids.map((id) => ({ id, type: 'shell', description: '' }))),
)
const notice = fc.constantFrom(
  'permission_prompt',
  'idle_prompt',
  'elicitation_dialog',
  'elicitation_complete',
  'auth_success',
)
const is = <K extends Signal['kind']>(kind: K) => ({ kind: fc.constant(kind) })

const signal: fc.Arbitrary<Signal> = fc.oneof(
  fc.record({ ...is('session_started'), source: fc.constantFrom('startup', 'resume', 'compact') }),
  fc.record({ ...is('prompted'), text, injected: fc.boolean() }),
  fc.record(is('progressed')),
  fc.record(is('observed')),
  fc.record({
    ...is('decided'),
    toolKey: key,
    toolName: fc.constantFrom('Bash', 'Edit'),
    decision: fc.constantFrom('accepted' as const, 'rejected' as const, 'aborted' as const),
  }),
  fc.record({ ...is('tool_started'), tool, asks: fc.constantFrom('question', 'plan', null) }),
  fc.record({ ...is('tool_finished'), tool, durationMs: fc.constant(null) }),
  fc.record({ ...is('tool_failed'), tool, durationMs: fc.constant(null), error: text }),
  fc.record({ ...is('tools_finished'), tools: fc.array(tool, { maxLength: 3 }) }),
  fc.record({ ...is('permission_requested'), tool }),
  fc.record({ ...is('permission_denied'), tool, reason: text }),
  fc.record({ ...is('elicitation_opened'), key, summary: text }),
  fc.record({ ...is('elicitation_closed'), key, how: fc.constant('accept') }),
  fc.record({ ...is('notified'), type: notice, message: text }),
  fc.record({ ...is('turn_finished'), message: fc.option(text), background }),
  fc.record({ ...is('turn_failed'), error: text, details: fc.option(text) }),
  fc.record(is('turn_interrupted')),
  fc.record({ ...is('compacting'), on: fc.boolean() }),
  fc.record({ ...is('session_ended'), reason: text }),
  fc.record({ ...is('state_reported'), state: fc.constantFrom(...STATES), summary: text }),
  fc.record(is('child_started')),
  fc.record({ ...is('child_finished'), message: fc.option(text) }),
  fc.record(is('noted')),
  fc.record(is('logged')),
)

interface Step {
  signal: Signal
  promptId: string | null
  wait: number
  after: 'sweep' | 'see' | 'child' | null
}
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    signal,
    promptId: fc.constantFrom('one', 'two', 'three', null),
    wait: fc.constantFrom(0, 1000, 30_000, 200_000, 700_000),
    after: fc.constantFrom('sweep' as const, 'see' as const, 'child' as const, null),
  }),
  { maxLength: 120 },
)

function run(story: readonly Step[], isChild: boolean, check: (memory: AgentMemory) => void) {
  let at = 1_000_000
  let memory = newMemory('claude-code/session', at, isChild)
  let child = newMemory('claude-code/session/kid-1', at, true)
  const facts: DerivedEvent[] = []
  const take = (next: { memory: AgentMemory; facts: DerivedEvent[] }) => {
    memory = next.memory
    facts.push(...next.facts)
    check(memory)
    expect(memory.state).toBe(deriveState(memory, at).state)
  }
  for (const { signal, promptId, wait, after } of story) {
    at += wait
    if (after === 'child') {
      child = apply(child, signal, { promptId, at, type: 'row' }).memory
      take(applyChild(memory, child, at, 'row'))
      continue
    }
    take(apply(memory, signal, { promptId, at, type: 'row' }))
    if (after === 'sweep') take(applySilence(memory, at, 0))
    if (after === 'see') take(markSeen(memory, at))
  }
  return { memory, facts }
}

function checkMemory(memory: AgentMemory): void {
  expect(JSON.parse(JSON.stringify(memory))).toEqual(memory)
  const { state, overlays } = deriveState(memory, memory.heardAt)
  expect(STATES).toContain(state)
  for (const overlay of overlays) expect(OVERLAYS).toContain(overlay)
  if (memory.ended) expect(memory).toMatchObject({ asks: [], tools: [], children: {} })
  for (const list of ['tools', 'asks', 'background', 'closedPrompts', 'failures'] as const) {
    expect(memory[list].length).toBeLessThanOrEqual(BOUNDS[list])
  }
  const isBlocked = memory.asks.some((ask) => ask.kind !== 'elicitation' && ask.key !== 'reported')
  if (isBlocked) expect(memory.turn?.closedAt).toBeNull()
  if (memory.turn?.closedAt != null) expect(memory.tools).toEqual([])
  expect(JSON.stringify(memory).length).toBeLessThan(200_000)
}

test('whatever is reported, the memory stays sound', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (story, isChild) => void run(story, isChild, checkMemory)),
  )
})

test('every transition starts where the one before it ended', () => {
  fc.assert(
    fc.property(steps, (story) => {
      let state = 'idle'
      const { memory, facts } = run(story, false, () => {})
      for (const { type, data } of facts) {
        if (type !== 'state_transition') continue
        expect(data.from_state).toBe(state)
        expect(data.to_state).not.toBe(state)
        state = String(data.to_state)
      }
      expect(memory.state).toBe(state)
    }),
  )
})

const TYPES: Partial<Record<Signal['kind'], string>> = {
  permission_requested: 'ask_opened',
  elicitation_opened: 'ask_opened',
  elicitation_closed: 'ask_closed',
}

test('the rows of asks tell which are open', () => {
  fc.assert(
    fc.property(steps, (story) => {
      let memory = newMemory('claude-code/session', 0)
      let open = 0
      const count = (type: string) => {
        if (type === 'ask_opened') open += 1
        if (type === 'ask_closed') open -= 1
      }
      story.forEach(({ signal, promptId }, at) => {
        const type = TYPES[signal.kind] ?? 'row'
        const applied = apply(memory, signal, { promptId, at, type })
        memory = applied.memory
        for (const row of [{ type: applied.eventTypeOverride ?? type }, ...applied.facts])
          count(row.type)
        // What a program reports as a state has no rows of its own.
        expect(memory.asks.filter((ask) => ask.key !== 'reported')).toHaveLength(open)
      })
    }),
  )
})

test('the same reports make the same memory and rows, and no input is changed', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const frozen = (memory: AgentMemory) => void deepFreeze(memory)
      expect(run(story, false, frozen)).toEqual(run(story, false, () => {}))
    }),
  )
})

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const item of Object.values(value)) deepFreeze(item)
}
