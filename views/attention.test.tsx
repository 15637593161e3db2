import { describe, expect, test } from 'vitest'
import type { AttentionItem } from '../src/fleet/board'
import { BoardPage } from './board'
import { Attention } from './components/attention'
import { waitingIcon } from './page-icon'
import { pageTitle } from './page-title'
import { toHtml } from './render'
import { FRAME, sampleAgent, sampleAttention, sampleBoard } from './sample-board'

test('a title starts with how many wait', () => {
  expect(pageTitle('', 0)).toBe('Muster')
  expect(pageTitle('', 2)).toBe('(2) Muster')
  expect(pageTitle('shop', 0)).toBe('shop · Muster')
  expect(pageTitle('shop', 12)).toBe('(12) shop · Muster')
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
  const html = toHtml(<BoardPage board={sampleBoard()} frame={FRAME} />)
  expect(html).toContain('<title>(1) Muster</title>')
  expect(html).toContain(`<link id="icon" rel="icon" href="${waitingIcon(1)}"`)
  expect(html).toContain('data-plain="/favicon.svg"')
  const calm = sampleBoard(undefined, { attention: { waiting: 0, items: [] } })
  const quiet = toHtml(<BoardPage board={calm} frame={FRAME} />)
  expect(quiet).toContain('<title>Muster</title>')
  expect(quiet).toContain('<link id="icon" rel="icon" href="/favicon.svg"')
})

describe('the list of what is open', () => {
  const listOf = (over: Partial<AttentionItem>) => {
    const items = sampleAttention().items.map((item) => ({ ...item, ...over }))
    return toHtml(<Attention attention={{ waiting: 1, items }} name="" />)
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
    const html = toHtml(<Attention attention={{ waiting: 50, items }} name="" />)
    expect(html.length).toBeLessThan(80_000)
  })
})
