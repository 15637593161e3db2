import { describe, expect, test } from 'vitest'
import { a, asking, b, done, IN, STATES, working } from '../../../test/fixtures/states'
import { PROMPT, Story } from '../../../test/fixtures/story'

describe('notifications', () => {
  test('permission_prompt opens an ask only where none is open', () => {
    expect(working().noticed('permission_prompt').state).toBe('awaiting_input')
    expect(asking().noticed('permission_prompt').memory.asks).toHaveLength(1)
    const child = new Story('claude-code/session/kid', true).started(a).requested(a)
    expect(working().hears(child).noticed('permission_prompt').memory.asks).toEqual([])
  })

  test('the only open call is the one that a notice means', () => {
    const { asks } = working().noticed('permission_prompt').memory
    expect(asks).toMatchObject([{ toolKey: 'tool-a', summary: 'Bash: run tool-a' }])
  })

  test('a notice of one of several calls ends with the last of them', () => {
    const story = working().started(b).noticed('permission_prompt')
    expect(story.memory.asks).toMatchObject([{ toolKey: null }])
    expect(story.finished(b).state).toBe('awaiting_input')
    expect(story.finished(a).state).toBe('processing')
  })

  test('idle_prompt ends a turn whose Stop was lost, with its tools and asks, and is no ask', () => {
    for (const story of [working(), asking(), new Story().prompted()]) {
      expect(story.noticed('idle_prompt').state).toBe('idle')
      expect(story.memory).toMatchObject({ tools: [], asks: [], turn: { outcome: 'interrupted' } })
    }
    expect(done().noticed('idle_prompt', null).state).toBe('complete')
    expect(new Story().noticed('idle_prompt').state).toBe('idle')
  })

  test.each(['agent_needs_input', 'agent_completed', 'auth_success', 'brand_new'])(
    '%s changes nothing',
    (type) => {
      for (const state of STATES.filter((each) => each !== 'ended')) {
        const story = IN[state]()
        expect(story.noticed(type, 'prompt-one').state).toBe(state)
      }
    },
  )
})

describe('elicitations', () => {
  const opened = (story: Story, key: string | null) =>
    story.tell({ kind: 'elicitation_opened', key, summary: 'Which plot?' }, PROMPT, 'ask_opened')
  const closed = (story: Story, key: string | null) =>
    story.tell({ kind: 'elicitation_closed', key, how: 'accept' }, PROMPT, 'ask_closed')

  test('the hook opens an ask and the result closes it, each as its own row', () => {
    const story = opened(working(), 'form')
    expect(story.state).toBe('awaiting_input')
    expect(closed(story, 'form').state).toBe('processing')
    expect(story.last).toMatchObject({
      eventTypeOverride: null,
      own: { ask: 'elicitation', how: 'accept' },
    })
    expect(story.factTypes).not.toContain('ask_closed')
  })

  test('a result for which nothing was open says so by its type', () => {
    expect(closed(working(), 'form').last?.eventTypeOverride).toBe('hook_elicitation_result')
  })

  test('a result closes its own elicitation only', () => {
    const story = closed(opened(opened(working(), 'one'), 'two'), 'two')
    expect(story.memory.asks).toMatchObject([{ key: 'elicitation one' }])
  })

  test.each(['elicitation_dialog', 'elicitation_url_dialog'])(
    '%s opens one if none is open',
    (t) => {
      expect(working().noticed(t).state).toBe('awaiting_input')
      expect(opened(working(), 'form').noticed(t).memory.asks).toHaveLength(1)
    },
  )

  test.each(['elicitation_complete', 'elicitation_response'])('%s closes it', (type) => {
    expect(opened(working(), 'form').noticed(type).state).toBe('processing')
    expect(working().noticed('elicitation_dialog').noticed(type).state).toBe('processing')
  })

  test('outside of a turn it leaves the agent as it was', () => {
    expect(closed(opened(new Story(), null), null).state).toBe('idle')
  })
})
