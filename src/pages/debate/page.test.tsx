import { describe, expect, test } from 'vitest'
import { textOf } from '../../../test/support/pages'
import { FRAME } from '../../../test/support/sample-board'
import { sampleDebate, sampleDebateModel } from '../../../test/support/sample-debate'
import { phaseWords } from '../../../views/components/debate-state'
import { clockText, Elapsed } from '../../../views/components/elapsed'
import { transcriptList } from '../../../views/components/transcript'
import { toHtml } from '../../../views/render'
import { debatesPage } from '../debates/page'
import { sortParts } from '../define-page'
import { debatePage } from './page'

const page = (over = {}, frame = {}) =>
  toHtml(debatePage.render(sampleDebateModel(undefined, over), { ...FRAME, ...frame }))

describe('the page of a debate', () => {
  test('lets people act who may, and nobody else', () => {
    expect(page()).not.toContain('method="post"')
    const html = page({}, { mayAct: true })
    for (const move of ['pause', 'resume', 'interventions']) {
      expect(html).toContain(`action="/debates/${sampleDebate().id}/${move}"`)
    }
  })

  test('keeps what is typed out of all that is replaced', () => {
    const page = { parts: () => sortParts(debatePage.parts(sampleDebateModel(), '')) }
    expect(textOf(page)).toContain('debate-state')
    expect(textOf(page)).not.toMatch(/<form|<textarea|<button/)
  })

  test('says what has no answer yet, and which file has what is older', () => {
    expect(page()).toContain('Not answered yet')
    expect(page()).toContain('the files have all of them')
    expect(page({ hasOlder: false })).not.toContain('the files have all of them')
    expect(page()).toContain('/transcript?format=markdown')
  })

  test('sends entries to the end of the list, oldest first', () => {
    const { entries } = sampleDebateModel()
    const list = transcriptList(entries.slice(0, 2))
    expect(list.rows.map(({ id }) => id)).toEqual([202, 201])
    const html = list.render(list.rows)
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
  const html = toHtml(debatesPage.render([], FRAME))
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
