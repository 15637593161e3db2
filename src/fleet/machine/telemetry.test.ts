import { describe, expect, test } from 'vitest'
import { a, asking, b, done, IN, working } from '../../../test/fixtures/states'
import { PROMPT, type Story } from '../../../test/fixtures/story'
import type { State } from '../../log/state'
import type { Decision } from './signal'

const MADE: readonly Decision[] = ['accepted', 'rejected', 'aborted']
const OVER = ['complete', 'errored', 'ended'] as const

function decided(
  story: Story,
  decision: Decision,
  toolKey: string | null = a.key,
  prompt = PROMPT,
) {
  const signal = { kind: 'decided', toolKey, toolName: a.name, decision } as const
  return story.tell(signal, prompt, 'tool_decision')
}

describe('a request to the model, seen seconds later', () => {
  const seen: [State, State][] = [
    ['idle', 'processing'],
    ['commanded', 'processing'],
    ['processing', 'processing'],
    ['awaiting_input', 'awaiting_input'],
  ]
  test.each(seen)('finds an agent that is %s and leaves it %s', (state, next) => {
    expect(IN[state]().tell({ kind: 'observed' }).state).toBe(next)
  })

  test.each(OVER)('of a turn that is over leaves an agent %s', (state) => {
    expect(IN[state]().tell({ kind: 'observed' }).state).toBe(state)
    expect(IN[state]().tell({ kind: 'observed' }, null).state).toBe(state)
  })

  test('never revives an ended session, whatever prompt it names', () => {
    expect(IN.ended().tell({ kind: 'observed' }, 'another').state).toBe('ended')
  })

  test('does not close an ask, however old', () => {
    const story = asking()
    story.at += 60_000
    expect(story.tell({ kind: 'observed' }).state).toBe('awaiting_input')
  })
})

describe('a decision in the terminal', () => {
  test('to accept closes the ask and leaves the call open', () => {
    const story = decided(asking(), 'accepted')
    expect(story.state).toBe('processing')
    expect(story.memory.tools.map(({ key }) => key)).toContain(a.key)
    expect(story.last?.facts[0]).toMatchObject({ type: 'ask_closed', data: { how: 'answered' } })
  })

  test('to reject closes the ask and the call', () => {
    const story = decided(asking(), 'rejected')
    expect(story.state).toBe('processing')
    expect(story.memory.tools.map(({ key }) => key)).not.toContain(a.key)
    expect(story.last?.facts[0]).toMatchObject({ type: 'ask_closed', data: { how: 'denied' } })
  })

  test('to abort interrupts the turn', () => {
    const story = decided(asking(), 'aborted')
    expect(story.state).toBe('idle')
    expect(story.memory.turn?.outcome).toBe('interrupted')
  })

  test('to abort that names neither an open call nor the turn is about another', () => {
    const story = decided(working().prompted('two').started(b, 'two'), 'aborted', 'gone', 'old')
    expect(story.state).toBe('processing')
  })

  test('without an id is about the only ask of its tool', () => {
    expect(decided(asking(), 'accepted', null).state).toBe('processing')
    const two = asking().requested({ ...b, name: a.name, key: 'second', hash: 'second' })
    expect(decided(two, 'accepted', null).state).toBe('awaiting_input')
  })

  test.each(MADE)('that was %s comes late to a turn that is over', (decision) => {
    for (const state of OVER) expect(decided(IN[state](), decision).state).toBe(state)
    expect(decided(done().prompted('two').started(b, 'two'), decision).state).toBe('processing')
  })
})
