import { describe, expect, test } from 'vitest'
import { a, asking, b, done, failed, IN, STATES, working } from '../../../test/fixtures/states'
import { PROMPT, Story } from '../../../test/fixtures/story'
import type { State } from '../../log/state'

test.each(STATES)('the story of %s is in that state', (state) => {
  expect(IN[state]().state).toBe(state)
})

describe('SessionStart', () => {
  test.each(['startup', 'fork', 'clear'])('%s is a new session, idle', (source) => {
    expect(new Story().tell({ kind: 'session_started', source }, null).state).toBe('idle')
    expect(IN.ended().tell({ kind: 'session_started', source }, null).state).toBe('idle')
  })

  test.each(STATES)(
    'resume makes an agent idle that was %s, without old tools and asks',
    (state) => {
      const story = IN[state]().tell({ kind: 'session_started', source: 'resume' }, null)
      expect(story.state).toBe('idle')
      expect(story.memory).toMatchObject({ tools: [], asks: [], background: [], children: {} })
    },
  )

  test('resume ends the children of the process that is gone', () => {
    const child = new Story('claude-code/session/kid', true).tell({ kind: 'child_started' })
    const story = working().hears(child).tell({ kind: 'session_started', source: 'resume' }, null)
    expect(story.last?.closeChildren).toEqual(['claude-code/session/kid'])
  })

  test.each(STATES.filter((state) => state !== 'ended'))('compact leaves %s alone', (state) => {
    const story = IN[state]()
    const { tools, asks } = story.memory
    story.tell({ kind: 'session_started', source: 'compact' }, null)
    expect(story.state).toBe(state)
    expect(story.memory).toMatchObject({ tools, asks })
  })

  test('startup that its own first prompt overtook does not reset the agent', () => {
    expect(working().tell({ kind: 'session_started', source: 'startup' }, null).state).toBe(
      'processing',
    )
  })

  test('an unknown source changes no state', () => {
    expect(working().tell({ kind: 'session_started', source: 'teleport' }).state).toBe('processing')
  })
})

describe('UserPromptSubmit', () => {
  test.each(STATES)('a prompt commands an agent that was %s', (state) => {
    const story = IN[state]().prompted('prompt-two')
    expect(story.state).toBe('commanded')
    expect(story.memory).toMatchObject({ asks: [], tools: [], failures: [] })
  })

  test('an injected notification opens a turn but is nobody’s prompt', () => {
    const story = done()
    const text = '<task-notification>'
    story.tell({ kind: 'prompted', text, injected: true }, 'prompt-two', 'turn_detected')
    expect(story.state).toBe('commanded')
    expect(story.memory.lastPrompt).toBe('Sort the seeds')
    expect(story.last?.own).toEqual({ actor: 'agent', intent: 'progress' })
  })

  test('the intent is an answer after a closing question or to an open one, else a command', () => {
    expect(done().prompted('two').last?.own).toMatchObject({ intent: 'command' })
    const closing = working().stopped([], PROMPT, 'Shall I go on?')
    expect(closing.memory.mayWantAnswer).toBe(true)
    expect(closing.prompted('two').last?.own).toMatchObject({ actor: 'user', intent: 'answer' })
    expect(asking().prompted('two').last?.own).toMatchObject({ intent: 'answer' })
  })

  test('the expansion and the submit of one prompt are one turn', () => {
    const story = new Story().tell({ kind: 'prompted', text: '/x', injected: false })
    const turn = story.memory.turn
    expect(story.prompted().memory.turn).toEqual(turn)
    expect(story.memory.turnCount).toBe(1)
  })

  test('a prompt that its own first tool overtook keeps the agent at work', () => {
    expect(new Story().started(a).prompted().state).toBe('processing')
  })
})

describe('Stop, StopFailure, compaction and SessionEnd', () => {
  test('Stop completes the turn and closes its tools and asks', () => {
    const story = asking().stopped()
    expect(story.state).toBe('complete')
    expect(story.memory).toMatchObject({ tools: [], asks: [], closedPrompts: [PROMPT] })
  })

  test('background work keeps the agent at work, and says so', () => {
    const story = working().stopped([{ id: 'job', type: 'shell', description: 'import' }])
    expect(story.state).toBe('processing')
    expect(story.overlays).toEqual(['background'])
    expect(story.prompted('two').stopped([], 'two').state).toBe('complete')
  })

  test('a closing question is a mark, not awaiting_input', () => {
    const story = working().stopped([], PROMPT, 'All green. **Shall I push?**')
    expect(story.state).toBe('complete')
    expect(story.memory.mayWantAnswer).toBe(true)
  })

  test('StopFailure is errored until the next prompt or tool', () => {
    expect(failed().memory.turn).toMatchObject({ outcome: 'errored', error: 'rate_limit' })
    expect(failed().prompted('two').state).toBe('commanded')
    expect(failed().started(b).state).toBe('processing')
    expect(failed().noticed('auth_success', null).state).toBe('errored')
  })

  test('compaction is an overlay', () => {
    const story = working().tell({ kind: 'compacting', on: true })
    expect(story.state).toBe('processing')
    expect(story.overlays).toEqual(['compacting'])
    expect(story.tell({ kind: 'compacting', on: false }).overlays).toEqual([])
    expect(story.tell({ kind: 'compacting', on: true }).started(b).overlays).toEqual([])
  })

  test.each(STATES)('SessionEnd ends an agent that was %s', (state) => {
    const story = IN[state]().ended()
    expect(story.state).toBe('ended')
    expect(story.memory).toMatchObject({ tools: [], asks: [], ended: { reason: 'logout' } })
  })

  test('an error stays the outcome of a session that ended', () => {
    expect(failed().ended().memory.turn?.outcome).toBe('errored')
  })

  test('an end that was told twice happened once', () => {
    const story = done().ended()
    const { memory } = story
    expect(story.ended().memory).toEqual(memory)
    expect(story.last?.facts).toEqual([])
  })
})

describe('Interrupt', () => {
  const interrupt = (story: Story, promptId: string | null = PROMPT) =>
    story.tell({ kind: 'turn_interrupted' }, promptId, 'hook_interrupt')

  test.each<[State, State]>([
    ['idle', 'idle'],
    ['commanded', 'idle'],
    ['processing', 'idle'],
    ['awaiting_input', 'idle'],
    ['complete', 'complete'],
    ['errored', 'errored'],
    ['ended', 'ended'],
  ])('an agent that was %s is %s', (before, after) => {
    expect(interrupt(IN[before]()).state).toBe(after)
  })

  test('the turn is closed with its tools and asks, and the row belongs to it', () => {
    const story = asking()
    const turn = story.memory.turn?.id
    interrupt(story)
    expect(story.memory).toMatchObject({ tools: [], asks: [], turn: { outcome: 'interrupted' } })
    expect(story.last?.turnId).toBe(turn)
    expect(story.factTypes).toContain('ask_closed')
  })

  test('an interrupt that does not name its turn closes the one that is open', () => {
    expect(interrupt(working(), null).state).toBe('idle')
  })

  test('an interrupt of an older turn does not stop the one that is open now', () => {
    expect(interrupt(done().prompted('two').started(b, 'two')).state).toBe('processing')
  })

  test('the next prompt is a command like any other', () => {
    expect(interrupt(working()).prompted('two').state).toBe('commanded')
  })

  test('the end of a call that comes late does not bring the turn back', () => {
    expect(interrupt(working()).finished(a).state).toBe('idle')
  })
})

describe('programs that report a state', () => {
  const report = (story: Story, state: State) =>
    story.tell({ kind: 'state_reported', state, summary: 'Deploying' }, null, 'deploy')

  test.each(STATES)('%s is what they say', (state) => {
    expect(report(new Story(), state).state).toBe(state)
  })

  test('a report without a state keeps it, and a state after the end revives', () => {
    expect(report(new Story(), 'processing').tell({ kind: 'noted' }, null).state).toBe('processing')
    const ended = report(new Story(), 'ended')
    expect(ended.facts[0]).toMatchObject({ type: 'session_ended' })
    expect(ended.tell({ kind: 'noted' }, null).state).toBe('ended')
    expect(report(ended, 'idle').state).toBe('idle')
  })

  test('awaiting_input is an ask without rows of its own', () => {
    const story = report(new Story(), 'awaiting_input')
    expect(story.memory.asks).toMatchObject([{ summary: 'Deploying' }])
    expect(report(story, 'processing').memory.asks).toEqual([])
    expect(new Set(story.factTypes)).toEqual(new Set(['state_transition']))
  })
})
