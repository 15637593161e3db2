import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import expected from '../../test/fixtures/expected-board.json' with { type: 'json' }
import { Fleet } from '../../test/fixtures/fleet'

const payloads = readFileSync(
  new URL('../../test/fixtures/claude-code.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

function replay(times = 1): Fleet {
  const fleet = new Fleet()
  for (const payload of payloads) {
    for (let n = 0; n < times; n++) fleet.post(payload)
    fleet.now += 500
  }
  return fleet
}

function boardOf(fleet: Fleet) {
  return Object.fromEntries(
    Object.keys(expected).map((session) => {
      const key = `claude-code/${session}`
      const { state, overlays } = fleet.labelOf(key)
      const children = Object.entries(fleet.memoryOf(key).children).map(([childKey, child]) => [
        childKey.slice(key.length + 1),
        child.state,
      ])
      const shown = overlays.length > 0 ? { state, overlays } : { state }
      return [session, { ...shown, children: Object.fromEntries(children) }]
    }),
  )
}

test('the fixture has all 31 events', () => {
  const events = new Set(payloads.map((payload) => payload.hook_event_name))
  expect(events.size).toBe(31 + 1) // and one that nobody knows
})

test('a replay of all events ends in the expected board', () => {
  expect(boardOf(replay())).toEqual(expected)
})

test('every event sent twice by two settings scopes ends in the same board', () => {
  // Old clients send no ids: their doubles cannot be told from repetitions, and harm no state.
  expect(boardOf(replay(2))).toEqual(expected)
})

test('each transition of an agent starts where the one before it ended', () => {
  const fleet = replay()
  const states = new Map<string, unknown>()
  for (const { agent, type, data } of fleet.rows) {
    if (type !== 'state_transition') continue
    expect(data.from_state).toBe(states.get(agent) ?? 'idle')
    states.set(agent, data.to_state)
  }
  for (const [agent, state] of states) expect(fleet.labelOf(agent).state).toBe(state)
})

test('every row has a type that the database takes and one line of summary', () => {
  for (const { type, summary } of replay().rows) {
    expect(type).toMatch(/^[a-z][a-z0-9_.-]{0,63}$/)
    expect(summary).toMatch(/^.{1,200}$/u)
  }
})
