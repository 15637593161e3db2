import { describe, expect, test } from 'vitest'
import { phaseWords } from './components/debate-state'
import { clockText, Elapsed } from './components/elapsed'
import { transcriptRows, transcriptStack } from './components/transcript'
import { DebatePage, debateRegions } from './debate'
import { DebatesPage } from './debates'
import { toHtml } from './render'
import { FRAME, sampleAttention } from './sample-board'
import { sampleDebate, sampleDebateModel } from './sample-debate'

const page = (over = {}, frame = {}) =>
  toHtml(<DebatePage model={sampleDebateModel(undefined, over)} frame={{ ...FRAME, ...frame }} />)

describe('the page of a debate', () => {
  test('lets people act who may, and nobody else', () => {
    expect(page()).not.toContain('method="post"')
    const html = page({}, { mayAct: true })
    for (const move of ['pause', 'resume', 'interventions']) {
      expect(html).toContain(`action="/debates/${sampleDebate().id}/${move}"`)
    }
  })

  test('keeps what is typed out of all that is replaced', () => {
    const { regions, stacks } = debateRegions(sampleDebateModel())
    expect(JSON.stringify({ regions, stacks })).not.toMatch(/<form|<textarea|<button/)
  })

  test('says what has no answer yet, and which file has what is older', () => {
    expect(page()).toContain('Not answered yet')
    expect(page()).toContain('the files have all of them')
    expect(page({ hasOlder: false })).not.toContain('the files have all of them')
    expect(page()).toContain('/transcript?format=markdown')
  })

  test('sends entries to the end of the list, oldest first', () => {
    const { entries } = sampleDebateModel()
    const stack = transcriptStack(entries.slice(0, 2))
    expect(stack.rows.map(({ id }) => id)).toEqual([202, 201])
    const html = transcriptRows(stack, stack.rows)
    expect(html).toMatch(
      /^<div hx-swap-oob="beforeend:#transcript"><li id="entry-201".*id="entry-202"/s,
    )
  })

  test('shows a debate without a project, without agents and without entries', () => {
    const html = page({ project: null, agents: [], entries: [], interventions: [] })
    expect(html).toContain('Nobody has intervened.')
    expect(html).not.toContain('<a href="/agents/')
  })
})

test('the list says how to begin where there is no debate', () => {
  const model = { lines: [], attention: sampleAttention() }
  const html = toHtml(<DebatesPage model={model} frame={FRAME} />)
  expect(html).toContain('npm run demo -- --debate')
})

describe('elapsed time', () => {
  test('is counted by the browser, from the start without the pauses', () => {
    const html = toHtml(<Elapsed debate={sampleDebate()} />)
    expect(html).toContain('datetime="2026-11-21T03:30:30.000Z" data-relative="elapsed"')
    expect(html).toContain('since 21 Nov 03:30:00 UTC')
  })

  test('stands still while the debate does', () => {
    const pausedAt = new Date('2026-11-21T03:42:35.000Z')
    const paused = sampleDebate(undefined, { status: 'paused', pausedAt })
    expect(toHtml(<Elapsed debate={paused} />)).toBe('<span class="elapsed">12:05</span>')
  })

  test.each([
    [-5, '0:00'],
    [5_999, '0:05'],
    [725_000, '12:05'],
    [3_725_000, '1:02:05'],
  ])('%i ms are %s', (ms, text) => {
    expect(clockText(ms)).toBe(text)
  })
})

test('a phase is named with its place', () => {
  expect(phaseWords('phase_3_crossexam')).toBe('3 of 6: crossexam')
  expect(phaseWords('whatever')).toBe('whatever')
})
