import { describe, expect, test } from 'vitest'
import { a, asking, b, IN, STATES, working } from '../../../test/fixtures/states'
import { Story, unnamed } from '../../../test/fixtures/story'

describe('tools', () => {
  test.each(STATES)('a tool sets an agent to work that was %s', (state) => {
    const expected = state === 'awaiting_input' ? state : 'processing'
    expect(IN[state]().started(b, 'prompt-one').state).toBe(expected)
  })

  test('text on the screen sets an agent to work', () => {
    expect(new Story().prompted().tell({ kind: 'progressed' }).state).toBe('processing')
  })

  test('questions and plans are asks of their own, with a row', () => {
    for (const asks of ['question', 'plan'] as const) {
      const story = new Story().prompted().tell({ kind: 'tool_started', tool: a, asks })
      expect(story.state).toBe('awaiting_input')
      expect(story.facts.at(-2)).toMatchObject({
        type: 'ask_opened',
        data: { ask: asks, tool_name: 'Bash', summary: 'run tool-a' },
      })
      expect(story.finished(a).state).toBe('processing')
    }
  })

  test('the permission request of a question is the same ask', () => {
    const story = working().tell({ kind: 'tool_started', tool: b, asks: 'question' }).requested(b)
    expect(story.memory.asks).toHaveLength(1)
    expect(story.last?.eventTypeOverride).toBe('hook_permission_request')
  })

  test('a tool that starts does not close the ask of another', () => {
    expect(asking().started(b).state).toBe('awaiting_input')
    expect(asking().started(b).finished(b).state).toBe('awaiting_input')
  })

  test('a permission request is tied to the open call with the same input', () => {
    const { asks } = working().started(b).requested(a).memory
    expect(asks).toMatchObject([{ toolKey: 'tool-a', kind: 'permission' }])
  })

  test('without an open call the request is kept by its hash until that call ends', () => {
    const story = new Story().prompted().requested(a)
    expect(story.memory.asks).toMatchObject([{ toolKey: null }])
    expect(story.state).toBe('awaiting_input')
    expect(story.finished(b).state).toBe('awaiting_input')
    expect(story.finished(a).state).toBe('processing')
  })

  test('equal calls in parallel each have their own ask', () => {
    const twin = { ...a, key: 'tool-twin' }
    const story = working().started(twin).requested(a).requested(a)
    expect(story.memory.asks.map((ask) => ask.toolKey)).toEqual(['tool-a', 'tool-twin'])
    expect(story.finished(a).state).toBe('awaiting_input')
    expect(story.finished(twin).state).toBe('processing')
  })

  test.each([
    ['its end', (story: Story) => story.finished(a)],
    ['its failure', (story: Story) => story.failed(a)],
    ['its batch', (story: Story) => story.tell({ kind: 'tools_finished', tools: [b, a] })],
  ])('%s closes a tool and its ask', (_, end) => {
    const story = end(asking())
    expect(story.state).toBe('processing')
    expect(story.memory).toMatchObject({ tools: [], asks: [] })
    expect(story.factTypes.slice(-2)).toEqual(['ask_closed', 'state_transition'])
  })

  test('a denial closes the ask and its tool', () => {
    const story = asking().tell({ kind: 'permission_denied', tool: a, reason: 'never' })
    expect(story.memory).toMatchObject({ tools: [], asks: [] })
    expect(story.facts.at(-2)).toMatchObject({ type: 'ask_closed', data: { how: 'denied' } })
  })

  test('a failure is no errored state, but is remembered; one by hand is not', () => {
    const story = working().failed(a)
    expect(story.state).toBe('processing')
    expect(story.memory.failures).toHaveLength(1)
    story.tell({
      kind: 'tool_failed',
      tool: b,
      durationMs: null,
      error: 'Esc',
      interrupted: true,
    })
    expect(story.memory.failures).toHaveLength(1)
  })
})

describe('clients without ids', () => {
  test('the next call drops the ones whose end was never told', () => {
    const story = new Story().prompted(null)
    for (let i = 0; i < 300; i++) story.started(unnamed(`${i}`), null)
    expect(story.memory.tools).toHaveLength(1)
    expect(story.finished(unnamed('299'), null).memory.tools).toEqual([])
  })

  test('a notice ends with the next call', () => {
    const story = new Story().prompted(null).started(unnamed('x'), null)
    expect(story.noticed('permission_prompt', null).state).toBe('awaiting_input')
    expect(story.started(unnamed('y'), null).state).toBe('processing')
  })

  test('a real ask and its call stay', () => {
    const story = new Story()
      .prompted(null)
      .started(unnamed('x'), null)
      .requested(unnamed('x'), null)
    expect(story.started(unnamed('y'), null).state).toBe('awaiting_input')
    expect(story.finished(unnamed('x'), null).state).toBe('processing')
  })
})
