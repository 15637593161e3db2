import { describe, expect, test } from 'vitest'
import { call, MINUTE, PROMPT, Story, unnamed } from '../../../test/fixtures/story'
import { markSeen } from './seen'

const SECOND = 1000
const a = call('tool-a', 'Read')
const thinking = () => new Story().prompted().started(a).finished(a)

describe('silence', () => {
  test('an open turn without an open tool is quiet after 2 minutes and stuck after 10', () => {
    const story = thinking()
    expect(story.waits(119 * SECOND).overlays).toEqual([])
    expect(story.waits(SECOND).overlays).toEqual(['quiet'])
    expect(story.facts).toMatchObject([
      {
        type: 'agent_updated',
        data: { overlays: ['quiet'], reason: 'Nothing heard for 2 minutes' },
      },
    ])
    expect(story.waits(8 * MINUTE).overlays).toEqual(['stuck'])
    expect(story.state).toBe('processing')
    expect(story.memory.stuckReason).toBe('Nothing heard for 10 minutes')
  })

  test('nothing changes twice', () => {
    const story = thinking().waits(3 * MINUTE)
    const { memory } = story
    expect(story.waits(MINUTE).facts).toEqual([])
    expect(story.memory).toBe(memory)
  })

  test('any sign of life ends it', () => {
    const story = thinking().waits(11 * MINUTE)
    expect(story.tell({ kind: 'noted' }).overlays).toEqual([])
    expect(story.memory.stuckReason).toBeNull()
  })

  test.each([
    ['with a tool open', () => new Story().prompted().started(a)],
    ['that waits for a human', () => thinking().requested(a)],
    ['whose turn is over', () => thinking().stopped([{ id: 'x', type: 'shell', description: '' }])],
    ['that is idle', () => new Story()],
  ])('an agent %s is not quiet', (_, make) => {
    expect(make().waits(60 * MINUTE).overlays).not.toContain('quiet')
    expect(make().waits(60 * MINUTE).overlays).not.toContain('stuck')
  })

  test('an agent whose child is at work is not quiet', () => {
    const child = new Story('claude-code/session/kid', true).tell({ kind: 'child_started' })
    expect(
      thinking()
        .hears(child)
        .waits(11 * MINUTE).overlays,
    ).toEqual([])
  })

  test('counts only while we were receiving; what was known stays known until something is heard', () => {
    const story = thinking().waits(2 * MINUTE)
    expect(story.waits(0, story.at).overlays).toEqual(['quiet'])
    expect(story.facts).toEqual([])
    const restartedAt = story.at
    expect(story.waits(9 * MINUTE, restartedAt).overlays).toEqual(['quiet'])
    expect(story.waits(MINUTE, restartedAt).overlays).toEqual(['stuck'])
    expect(story.waits(0, story.at).overlays).toEqual(['stuck'])
    expect(story.facts).toEqual([])
    expect(story.tell({ kind: 'noted' }).overlays).toEqual([])
    expect(thinking().waits(30 * MINUTE, Date.UTC(2026, 1, 3, 8, 29)).overlays).toEqual([])
  })

  test('a child that fell silent stays silent when we start to receive anew', () => {
    const child = new Story('claude-code/session/kid', true).tell({ kind: 'child_started' })
    child
      .started(a)
      .finished(a)
      .waits(30 * MINUTE)
    expect(child.memory.silence).toBe('silent')
    expect(child.waits(0, child.at).facts).toEqual([])
    expect(child.memory.silence).toBe('silent')
  })

  test('an agent that fell quiet past the limit of a call stays so when we start anew', () => {
    const read = { ...unnamed('x', 'Read'), limitMs: MINUTE }
    const story = new Story().prompted(null).started(read, null)
    expect(story.waits(2 * MINUTE).overlays).toEqual(['quiet'])
    expect(story.waits(0, story.at).facts).toEqual([])
    expect(story.overlays).toEqual(['quiet'])
  })

  test('alone never ends an agent', () => {
    expect(thinking().waits(10_000 * MINUTE).state).toBe('processing')
  })

  test('a call without an id does not hide silence: its end may never be told', () => {
    const story = new Story().prompted(null).started(unnamed('x', 'Read'), null)
    expect(story.waits(2 * MINUTE).overlays).toEqual(['quiet'])
  })
})

describe('overdue', () => {
  test('a command past its limit is overdue until it ends, and neither quiet nor stuck', () => {
    const bash = call('tool-b', 'Bash', { limitMs: 2 * MINUTE })
    const story = new Story().prompted().started(bash)
    expect(story.waits(119 * SECOND).overlays).toEqual([])
    expect(story.waits(SECOND).overlays).toEqual(['overdue'])
    expect(story.facts).toMatchObject([
      { data: { reason: 'Bash has run for longer than its limit of 120 s' } },
    ])
    expect(story.waits(30 * MINUTE).overlays).toEqual(['overdue'])
    expect(story.finished(bash).overlays).toEqual([])
  })

  test('a command that is overdue stays so when we start to receive anew', () => {
    const bash = call('tool-b', 'Bash', { limitMs: 2 * MINUTE })
    const story = new Story()
      .prompted()
      .started(bash)
      .waits(2 * MINUTE)
    expect(story.waits(0, story.at).overlays).toEqual(['overdue'])
    expect(story.facts).toEqual([])
    expect(story.waits(3 * MINUTE, story.at).facts).toEqual([])
  })

  test('a file that is written for long is perhaps a permission that nobody saw', () => {
    const edit = call('tool-e', 'Edit', { limitMs: 20 * SECOND })
    const story = new Story()
      .prompted()
      .started(edit)
      .waits(20 * SECOND)
    expect(story.overlays).toEqual(['overdue'])
    expect(story.facts[0]?.summary).toContain('perhaps a permission that nobody saw')
  })

  test('a call that waits for its permission does not run', () => {
    const bash = call('tool-b', 'Bash', { limitMs: 2 * MINUTE })
    const story = new Story().prompted().started(bash).requested(bash)
    expect(story.waits(5 * MINUTE).overlays).toEqual([])
  })

  test('a tool without a limit is never overdue', () => {
    expect(
      new Story()
        .prompted()
        .started(a)
        .waits(90 * MINUTE).overlays,
    ).toEqual([])
  })
})

describe('getting nowhere', () => {
  const fails = (story: Story, ...names: string[]) => {
    names.forEach((name, i) => void story.failed(call(`tool-${i}`, name)))
    return story
  }

  test('three failures on at most two tools are stuck, with that reason', () => {
    const story = fails(new Story().prompted(), 'Bash', 'Edit', 'Bash')
    expect(story.overlays).toEqual(['stuck'])
    expect(story.memory.stuckReason).toBe('3 failures of Bash and Edit within five minutes')
    expect(story.started(a).overlays).toEqual(['stuck'])
  })

  test('failures on three tools, a success, five minutes or a new prompt are no such thing', () => {
    expect(fails(new Story().prompted(), 'Bash', 'Edit', 'Read').overlays).toEqual([])
    const bash = call('tool-x', 'Bash')
    expect(fails(new Story().prompted(), 'Bash', 'Bash', 'Bash').finished(bash).overlays).toEqual(
      [],
    )
    const old = fails(new Story().prompted(), 'Bash', 'Bash', 'Bash').started(a)
    expect(old.waits(5 * MINUTE).overlays).toEqual([])
    expect(old.facts).toMatchObject([
      { data: { reason: 'Its failures are over five minutes old' } },
    ])
    expect(fails(new Story().prompted(), 'Bash', 'Bash', 'Bash').prompted('two').overlays).toEqual(
      [],
    )
  })

  test('the same call five times in a row is a loop; with others in between it is not', () => {
    const story = new Story().prompted()
    const again = (i: number) => call(`tool-${i}`, 'Bash', { hash: 'same', summary: 'npm test' })
    for (let i = 0; i < 4; i++) story.started(again(i)).finished(again(i))
    expect(story.overlays).toEqual([])
    expect(story.started(again(4)).memory.stuckReason).toBe(
      'The same call 5 times in a row: npm test',
    )
    expect(story.finished(again(4)).started(a).overlays).toEqual([])
  })
})

describe('asks and outcomes', () => {
  test('an ask that is open for 10 minutes escalates once, and is not stuck', () => {
    const story = new Story()
      .prompted()
      .started(a)
      .requested(a)
      .waits(10 * MINUTE)
    expect(story.state).toBe('awaiting_input')
    expect(story.overlays).toEqual([])
    expect(story.memory.asks).toMatchObject([{ escalated: true }])
    expect(story.facts).toMatchObject([
      { type: 'agent_updated', data: { reason: 'Has waited for an answer for 10 minutes' } },
    ])
    expect(story.waits(10 * MINUTE).facts).toEqual([])
    expect(story.waits(0, story.at).facts).toEqual([])
    expect(story.memory.asks).toMatchObject([{ escalated: true }])
  })

  test('complete becomes idle after ten minutes, by plain time', () => {
    const story = thinking().stopped()
    const now = story.at + 10 * MINUTE
    expect(story.waits(10 * MINUTE - 1).state).toBe('complete')
    expect(story.waits(1, now).state).toBe('idle')
    expect(story.facts).toMatchObject([
      {
        type: 'state_transition',
        data: { from_state: 'complete', to_state: 'idle', trigger: 'timer' },
      },
    ])
  })

  test('complete becomes idle once somebody has seen it; other states do not care', () => {
    const { memory } = thinking().stopped()
    const seen = markSeen(memory, memory.heardAt)
    expect(seen.facts).toMatchObject([{ data: { to_state: 'idle', trigger: 'seen' } }])
    expect(markSeen(seen.memory, memory.heardAt).facts).toEqual([])
    const busy = thinking().memory
    expect(markSeen(busy, busy.heardAt).memory).toBe(busy)
  })

  test('a transition that the clock missed starts from what was announced', () => {
    const story = thinking().stopped()
    story.at += 20 * MINUTE
    story.prompted('two')
    expect(story.facts.at(-1)).toMatchObject({
      data: { from_state: 'complete', to_state: 'commanded' },
    })
    const late = thinking().stopped()
    late.at += 20 * MINUTE
    late.finished(a, PROMPT)
    expect(late.last?.facts).toMatchObject([{ data: { to_state: 'idle', trigger: 'timer' } }])
  })
})
