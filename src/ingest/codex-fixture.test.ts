import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Fleet } from '../../test/fixtures/fleet'
import { parseCodexHook } from './codex'

const payloads: Record<string, unknown>[] = readFileSync(
  new URL('../../test/fixtures/codex.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

const thread = (n: number) => `0199f0a2-6d31-7c40-9e55-${n.toString(16).padStart(12, '0')}`

function replay(times = 1): Fleet {
  const fleet = new Fleet(parseCodexHook)
  for (const payload of payloads) {
    for (let n = 0; n < times; n++) fleet.post(payload)
    fleet.now += 500
  }
  return fleet
}

const EXPECTED = [
  [1, 'complete', {}],
  [2, 'idle', {}],
  [3, 'errored', {}],
  [4, 'ended', {}],
  [5, 'processing', { [thread(0x5a)]: 'processing' }],
  [6, 'awaiting_input', {}],
  [7, 'complete', {}],
  [8, 'commanded', {}],
  [9, 'complete', {}],
  [10, 'idle', {}],
] as const

test('the fixture has all events, and what notify is told', () => {
  const events = new Set(payloads.map(({ hook_event_name, type }) => hook_event_name ?? type))
  expect(events).toContain('agent-turn-complete')
  expect(events.size).toBe(13 + 1 + 1) // and one that nobody knows
})

test.each(EXPECTED)('session %i ends as %s with its children %j', (n, state, children) => {
  // Sent once, and by two settings scopes.
  for (const fleet of [replay(), replay(2)]) {
    const key = `codex/${thread(n)}`
    const living = Object.entries(fleet.memoryOf(key).children).map(([childKey, child]) => [
      childKey.slice(key.length + 1),
      child.state,
    ])
    expect(fleet.labelOf(key).state).toBe(state)
    expect(Object.fromEntries(living)).toEqual(children)
  }
})

test('a command that was allowed is no longer waited for when it has run', () => {
  const rows = replay().rows.filter(({ agent }) => agent === `codex/${thread(1)}`)
  const asks = rows.filter(({ type }) => type === 'ask_opened' || type === 'ask_closed')
  expect(asks.map(({ type, data }) => [type, data.how])).toEqual([
    ['ask_opened', undefined],
    ['ask_closed', 'answered'],
  ])
})

test('the end of a turn that the hook and notify both tell is one row', () => {
  const closing = replay().rows.filter(
    ({ agent, data }) => agent === `codex/${thread(1)}` && data.intent === 'completion',
  )
  expect(closing).toHaveLength(1)
})

test('an interrupted turn stays closed when the end of its call comes late', () => {
  const rows = replay().rows.filter(({ agent }) => agent === `codex/${thread(2)}`)
  const interrupt = rows.find(({ type }) => type === 'hook_interrupt')
  expect(rows.at(-1)?.type).toBe('tool_finished')
  expect(interrupt?.turnId).toBe(rows.at(-1)?.turnId)
  const changes = rows.filter(({ type }) => type === 'state_transition')
  expect(changes.at(-1)?.data).toEqual({
    from_state: 'processing',
    to_state: 'idle',
    trigger: 'hook_interrupt',
  })
})

test('a subagent of an older client is over with its Stop', () => {
  const fleet = replay()
  const key = `codex/${thread(8)}/${thread(0x8a)}`
  expect(fleet.labelOf(key).state).toBe('ended')
  expect(fleet.memoryOf(key).lastMessage).toBe('Three nets are torn.')
})

test('every row has a type that the database takes and one line of summary', () => {
  for (const { type, summary } of replay().rows) {
    expect(type).toMatch(/^[a-z][a-z0-9_.-]{0,63}$/)
    expect(summary).toMatch(/^.{1,200}$/u)
  }
})
