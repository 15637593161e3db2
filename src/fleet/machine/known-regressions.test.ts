import { expect, test } from 'vitest'
import { call, MINUTE, PROMPT, Story } from '../../../test/fixtures/story'
import { STATES } from '../../log/state'

/** States that other dashboards get wrong, one test for each. */

const long = call('tool-long', 'Bash', { limitMs: 10 * MINUTE })

test('an approved command stops waiting with any proof that it was answered, not only by its end', () => {
  const asked = () => new Story().prompted().started(long).requested(long)
  expect(asked().tell({ kind: 'tools_finished', tools: [long] }).state).toBe('processing')
  expect(asked().noticed('idle_prompt').state).toBe('idle')
  expect(asked().stopped().state).toBe('complete')
  expect(asked().prompted('two').state).toBe('commanded')
  const spoke = asked()
  spoke.at += MINUTE
  expect(spoke.tell({ kind: 'progressed' }).state).toBe('processing')
})

test('words that the ask overtook on the way do not close it', () => {
  const asked = new Story().prompted().started(long).requested(long)
  expect(asked.tell({ kind: 'progressed' }).state).toBe('awaiting_input')
})

test('a denied permission does not wait for ever', () => {
  const asked = () => new Story().prompted().started(long).requested(long)
  expect(asked().failed(long).state).toBe('processing')
  expect(asked().tell({ kind: 'permission_denied', tool: long, reason: '' }).memory.asks).toEqual(
    [],
  )
  expect(asked().noticed('idle_prompt').memory.asks).toEqual([])
})

test('no transition is forbidden: an agent leaves any state for any other', () => {
  for (const from of STATES) {
    for (const to of STATES) {
      const story = new Story()
      story.tell({ kind: 'state_reported', state: from, summary: '' }, null)
      story.tell({ kind: 'state_reported', state: to, summary: '' }, null)
      expect(story.state).toBe(to)
    }
  }
})

test('only two kinds of notification ask for a human', () => {
  const types = ['idle_prompt', 'auth_success', 'agent_needs_input', 'agent_completed', 'other']
  for (const type of types) {
    expect(new Story().prompted().started(long).noticed(type).memory.asks).toEqual([])
  }
})

test('an API error is errored, not working', () => {
  const story = new Story().prompted().started(long)
  expect(story.tell({ kind: 'turn_failed', error: 'overloaded', details: null }).state).toBe(
    'errored',
  )
})

test('the tools of a child are not its parent’s', () => {
  const child = new Story('claude-code/session/kid', true).tell({ kind: 'child_started' })
  const parent = new Story().prompted().hears(child.started(long))
  expect(parent.memory.tools).toEqual([])
  expect(parent.stopped([{ id: 'kid', type: 'subagent', description: '' }]).memory.tools).toEqual(
    [],
  )
  expect(child.memory.tools).toHaveLength(1)
})

test('a state survives the process that knew it: all of it is in a JSON column', () => {
  const story = new Story()
    .prompted()
    .started(long)
    .requested(long)
    .waits(11 * MINUTE)
  const before = { state: story.state, overlays: story.overlays }
  story.memory = JSON.parse(JSON.stringify(story.memory))
  expect({ state: story.state, overlays: story.overlays }).toEqual(before)
  expect(story.finished(long, PROMPT).state).toBe('processing')
})

test('after Esc, of which nobody tells, the next prompt starts from a clean slate', () => {
  const story = new Story().prompted().started(long).requested(long).prompted('two')
  expect(story.memory).toMatchObject({ tools: [], asks: [] })
  expect(story.waits(90_000).overlays).toEqual([])
})
