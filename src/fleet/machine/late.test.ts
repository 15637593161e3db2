import { describe, expect, test } from 'vitest'
import { a, asking, b, done, failed, IN, STATES, working } from '../../../test/fixtures/states'
import { PROMPT, Story, unnamed } from '../../../test/fixtures/story'

describe('what is late', () => {
  const LATE = [
    ['PostToolUse', (story: Story) => story.finished(a)],
    ['PostToolUseFailure', (story: Story) => story.failed(a)],
    ['PostToolBatch', (story: Story) => story.tell({ kind: 'tools_finished', tools: [a] })],
    ['Notification', (story: Story) => story.noticed('permission_prompt')],
  ] as const

  test.each(LATE)('%s of a closed prompt revives nothing', (_, late) => {
    for (const state of ['complete', 'errored', 'ended'] as const) {
      const story = IN[state]()
      expect(late(story).state).toBe(state)
      expect(story.last?.facts).toEqual([])
      expect(story.last?.turnId).toBe(story.memory.turn?.id)
    }
  })

  test.each([
    ['PreToolUse', (story: Story) => story.started(b), 'processing'],
    ['PermissionRequest', (story: Story) => story.requested(b), 'awaiting_input'],
    ['MessageDisplay', (story: Story) => story.tell({ kind: 'progressed' }), 'processing'],
  ])('%s of a closed prompt reopens its turn', (_, reopen, state) => {
    for (const story of [done(), failed(), done().ended()]) {
      const turn = story.memory.turn?.id
      expect(reopen(story).state).toBe(state)
      expect(story.memory.turn).toMatchObject({ id: turn, outcome: null, closedAt: null })
      expect(story.finished(b).stopped().state).toBe('complete')
    }
  })

  test('the Stop of an old prompt does not close the turn of a new one', () => {
    expect(working().prompted('two').started(b, 'two').stopped().state).toBe('processing')
  })

  test('the end of a call without any id, after its turn, is late as well', () => {
    const story = new Story().prompted(null).started(unnamed('x'), null).stopped(null, null)
    expect(story.finished(unnamed('x'), null).state).toBe('complete')
  })

  test('Stop of an ended session’s prompt does not revive it', () => {
    expect(working().ended().stopped().state).toBe('ended')
  })
})

describe('reviving', () => {
  test.each([
    ['a prompt', (story: Story) => story.prompted('two'), 'commanded'],
    ['a tool', (story: Story) => story.started(b, 'two'), 'processing'],
    ['the end of a tool', (story: Story) => story.finished(b, 'two'), 'processing'],
    ['a start', (s: Story) => s.tell({ kind: 'session_started', source: 'resume' }, null), 'idle'],
    ['anything that is known', (s: Story) => s.tell({ kind: 'noted' }, 'two'), 'complete'],
    ['another notification', (s: Story) => s.noticed('auth_success', 'two'), 'complete'],
  ])('%s revives a session that ended', (_, tell, state) => {
    expect(tell(done().ended()).state).toBe(state)
  })

  test('an event that nobody knows changes no state, not even this one', () => {
    for (const state of STATES) {
      expect(IN[state]().tell({ kind: 'logged' }, 'two').state).toBe(state)
    }
  })
})

describe('turns', () => {
  test('ids are UUIDs, the same for the same prompt and different for another', () => {
    const [one, two] = [new Story().prompted(), new Story().prompted()]
    expect(one.last?.turnId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
    expect(one.last?.turnId).toBe(two.last?.turnId)
    expect(one.prompted('two').last?.turnId).not.toBe(two.last?.turnId)
  })

  test('without prompt ids a counter makes the turns', () => {
    const story = new Story().prompted(null)
    const first = story.last?.turnId
    expect(story.stopped(null, null).last?.turnId).toBe(first)
    expect(story.prompted(null).last?.turnId).not.toBe(first)
  })

  test('activity of a prompt that nobody told us of leaves the old turn as interrupted', () => {
    const story = asking().started(b, 'two')
    expect(story.state).toBe('processing')
    expect(story.memory).toMatchObject({ closedPrompts: [PROMPT], turn: { promptId: 'two' } })
  })

  test('a straggler of an old prompt stays in the turn that is open', () => {
    const story = working().prompted('two').started(b, PROMPT)
    expect(story.memory.turn?.promptId).toBe('two')
    expect(story.state).toBe('processing')
  })
})
