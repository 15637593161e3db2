import { expect, test } from 'vitest'
import { call, MINUTE, PROMPT, Story } from '../../../test/fixtures/story'

const SESSION = 'claude-code/session'
const a = call('tool-a')
const newChild = (id = 'kid') =>
  new Story(`${SESSION}/${id}`, true).tell({ kind: 'child_started' }, PROMPT, 'subagent_started')
const finish = (child: Story) =>
  child.tell({ kind: 'child_finished', message: 'Found it' }, PROMPT, 'subagent_finished')

test('a child that starts is live work of its parent, until it is finished', () => {
  const child = newChild()
  const parent = new Story().prompted().stopped().hears(child)
  expect(child.state).toBe('commanded')
  expect(parent.state).toBe('processing')
  expect(parent.overlays).toEqual(['background'])
  finish(child)
  expect(child.state).toBe('ended')
  expect(parent.hears(child).state).toBe('complete')
  expect(parent.memory.children).toEqual({})
  expect(parent.facts.at(-1)).toMatchObject({
    type: 'state_transition',
    data: { from_state: 'processing', to_state: 'complete' },
  })
})

test('a child whose first tool overtook its start keeps that tool', () => {
  const child = new Story(`${SESSION}/kid`, true).started(a).tell({ kind: 'child_started' })
  expect(child.memory.tools).toHaveLength(1)
  expect(child.state).toBe('processing')
})

test('the events of a child are no events of its parent', () => {
  const parent = new Story().prompted()
  const child = newChild().started(a).failed(a).started(a)
  const { tools, failures, turn, heardAt } = parent.memory
  parent.hears(child)
  expect(parent.memory).toMatchObject({ tools, failures, turn, heardAt })
})

test('the ask of a child makes its parent wait, and the parent’s own asks stay as they are', () => {
  const child = newChild().started(a).requested(a)
  const parent = new Story().prompted().started(call('other')).hears(child)
  expect(parent.state).toBe('awaiting_input')
  expect(parent.memory.asks).toEqual([])
  expect(parent.hears(child.finished(a)).state).toBe('processing')
  const asking = new Story().prompted().requested(a).hears(newChild())
  expect(asking.hears(finish(newChild())).state).toBe('awaiting_input')
})

test('a Stop that lists no background work closes children whose end was lost', () => {
  const parent = new Story().prompted().hears(newChild('one')).hears(newChild('two'))
  parent.stopped([{ id: 'two', type: 'subagent', description: '' }])
  expect(parent.last?.closeChildren).toEqual([`${SESSION}/one`])
  expect(parent.state).toBe('processing')
  parent.stopped([])
  expect(parent.last?.closeChildren).toEqual([`${SESSION}/two`])
  expect(parent.state).toBe('complete')
})

test('a Stop of an old client, which lists nothing at all, closes no child', () => {
  const parent = new Story().prompted().hears(newChild()).stopped(null)
  expect(parent.last?.closeChildren).toEqual([])
  expect(parent.state).toBe('processing')
})

test('a background child that finished is no background task any more', () => {
  const child = newChild()
  const parent = new Story().prompted().hears(child)
  parent.stopped([{ id: 'kid', type: 'subagent', description: 'measure' }])
  expect(parent.hears(finish(child)).state).toBe('complete')
})

test('the end of a session is the end of its children', () => {
  const parent = new Story().prompted().hears(newChild()).ended()
  expect(parent.last?.closeChildren).toEqual([`${SESSION}/kid`])
  expect(parent.memory.children).toEqual({})
})

test('an event that closes something does not revive a child, one that opens something does', () => {
  const over = () => finish(newChild().started(a))
  expect(over().finished(a).state).toBe('ended')
  expect(over().failed(a).state).toBe('ended')
  expect(over().noticed('permission_prompt').state).toBe('ended')
  expect(over().tell({ kind: 'noted' }).state).toBe('ended')
  expect(over().started(a).state).toBe('processing')
  expect(over().requested(a).state).toBe('awaiting_input')
  expect(over().tell({ kind: 'child_started' }).state).toBe('commanded')
})

test('a child goes on working under a prompt that its parent has closed', () => {
  const child = newChild()
  new Story().prompted().hears(child).stopped()
  expect(child.started(a).finished(a).state).toBe('processing')
})

test('a child that is silent for half an hour is no work of its parent, but has not ended', () => {
  const child = newChild().started(call('tool-b', 'WebFetch'))
  const parent = new Story().prompted().stopped().hears(child)
  child.waits(12 * MINUTE)
  expect(child.state).toBe('processing')
  parent.waits(12 * MINUTE).hears(child)
  expect(parent.state).toBe('processing')
  child.waits(19 * MINUTE)
  expect(child.overlays).toContain('stuck')
  expect(child.state).toBe('processing')
  parent.waits(19 * MINUTE).hears(child)
  expect(parent.state).toBe('idle')
  expect(parent.hears(child.started(a)).state).toBe('processing')
})

test('a child at work under a session that ended shows that the session lives', () => {
  const parent = new Story().prompted().ended()
  expect(parent.hears(newChild()).state).toBe('processing')
})

test('there is a bound to the children of a session', () => {
  const parent = new Story().prompted()
  for (let i = 0; i < 300; i++) parent.hears(newChild(`kid-${i}`))
  expect(Object.keys(parent.memory.children)).toHaveLength(200)
})
