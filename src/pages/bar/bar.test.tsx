import { describe, expect, test } from 'vitest'
import {
  FRAME,
  sampleAgent,
  sampleAttention,
  sampleBoard,
} from '../../../test/support/sample-board'
import { barRegions } from '../../../views/components/bar'
import { waitingIcon } from '../../../views/page-icon'
import { pageTitle, titleRegion } from '../../../views/page-title'
import { toHtml } from '../../../views/render'
import type { AttentionItem } from '../../fleet/board'
import { boardPage } from '../board/page'

test('a title starts with how many wait', () => {
  expect(pageTitle('', 0)).toBe('Muster')
  expect(pageTitle('', 2)).toBe('(2) Muster')
  expect(pageTitle('shop', 0)).toBe('shop · Muster')
  expect(pageTitle('shop', 12)).toBe('(12) shop · Muster')
})

test('what the page is called is sent without the number', () => {
  expect(titleRegion('shop').html).toContain('data-title="shop · Muster"')
})

describe('the icon', () => {
  test('has the number that waits up to 9, and is the plain one for nobody', () => {
    expect(waitingIcon(0)).toBe('')
    expect(decodeURIComponent(waitingIcon(1))).toContain('>1</text>')
    expect(decodeURIComponent(waitingIcon(9))).toContain('>9</text>')
    expect(decodeURIComponent(waitingIcon(10))).toContain('>9+</text>')
    expect(waitingIcon(10)).toBe(waitingIcon(5000))
  })

  test('is an address that needs no request and no escaping', () => {
    expect(waitingIcon(3)).toMatch(/^data:image\/svg\+xml,[\w%.()'!~*-]+$/)
  })
})

test('the page comes with title and icon, before any script', () => {
  const html = toHtml(boardPage.render(sampleBoard(), FRAME))
  expect(html).toContain('<title>(1) Muster</title>')
  expect(html).toContain(`<link id="icon" rel="icon" href="${waitingIcon(1)}"`)
  expect(html).toContain('data-plain="/favicon.svg"')
  const calm = { attention: { waiting: 0, items: [] } }
  const quiet = toHtml(boardPage.render(sampleBoard(), { ...FRAME, bar: calm }))
  expect(quiet).toContain('<title>Muster</title>')
  expect(quiet).toContain('<link id="icon" rel="icon" href="/favicon.svg"')
})

describe('the list of what is open', () => {
  const listOf = (over: Partial<AttentionItem>) => {
    const items = sampleAttention().items.map((item) => ({ ...item, ...over }))
    return barRegions({ attention: { waiting: 1, items } }).attention.html
  }

  test.each([
    ['input', 'needs input'],
    ['failed', 'failed'],
    ['stuck', 'is stuck'],
    ['finished', 'has finished'],
  ] as const)('names the agent and that it %s', (kind, word) => {
    const session = sampleAgent({ title: 'Mend the fence' })
    expect(listOf({ kind, session })).toContain(`data-title="Mend the fence ${word}"`)
  })

  test('has the first 120 characters of what is asked, in one line, and no time', () => {
    const html = listOf({ text: `git\n push ${'x'.repeat(3000)}` })
    expect(html).toMatch(/data-body="git push x{110}…"/)
    expect(html).not.toContain('<time')
  })

  test('stays small, whatever people call their agents', () => {
    const [item] = sampleAttention('"'.repeat(6000)).items
    if (!item) throw new Error('the sample has an item')
    const items = Array.from({ length: 50 }, (_, i) => ({ ...item, key: `ask/${i}` }))
    const { html } = barRegions({ attention: { waiting: 50, items } }).attention
    expect(html.length).toBeLessThan(80_000)
  })
})
