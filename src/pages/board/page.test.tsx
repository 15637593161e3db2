import { describe, expect, test } from 'vitest'
import { FRAME, sampleAgent, sampleBoard, sampleLine } from '../../../test/support/sample-board'
import { cardRegion } from '../../../views/components/agent-card'
import { cutEnd, cutMiddle, splitTail } from '../../../views/components/cut'
import { markOf, StateMark } from '../../../views/components/state-mark'
import { toHtml } from '../../../views/render'
import { SseSetup } from '../../../views/sse-setup'
import { EVERYTHING, type Filter } from '../../filter/filter'
import type { Board } from '../../fleet/board'
import { sortParts } from '../define-page'
import { boardPage } from './page'

const board = (filter: Partial<Filter> = {}) =>
  sampleBoard(undefined, {
    filter: { ...EVERYTHING, ...filter },
  })

const page = (filter?: Partial<Filter>) => pageOf(board(filter))

const pageOf = (board: Board) => toHtml(boardPage.render(board, FRAME))
const partsOf = (board: Board) => sortParts(boardPage.parts(board, FRAME.address))

describe('a card', () => {
  test('says whose it is and how it is, in attributes that tests and scripts can read', () => {
    const agent = sampleAgent({ state: 'processing', overlays: ['stuck', 'compacting'] })
    const html = cardRegion({ agent, children: [] }).html
    expect(html).toMatch(/^<article id="agent-11" class="card" /)
    expect(html).toContain(`data-agent-session="${agent.sessionId}"`)
    expect(html).toContain('data-agent-id="11" data-state="processing"')
    expect(html).toContain('data-overlays="stuck compacting"')
    expect(html).toContain('href="/agents/11"')
  })

  test('lists children under it, which carry no session of their own', () => {
    const child = sampleAgent({ id: 12, parentId: 11, state: 'errored' })
    const html = cardRegion({ agent: sampleAgent(), children: [child] }).html
    expect(html).toContain('data-child-id="12" data-state="errored"')
    expect(html.match(/data-agent-session/g)).toHaveLength(1)
  })

  test('shows all of forty children, most of them on demand', () => {
    const children = Array.from({ length: 40 }, (_, i) => sampleAgent({ id: 100 + i }))
    const html = cardRegion({ agent: sampleAgent(), children }).html
    expect(html.match(/data-child-id/g)).toHaveLength(40)
    expect(html).toContain('<summary>37 more subagents</summary>')
  })

  test('shows what a child asks for', () => {
    const ask = {
      kind: 'permission' as const,
      toolKey: null,
      toolName: 'Bash',
      fromNotice: false,
      escalated: false,
    }
    const child = sampleAgent(
      { id: 12, state: 'awaiting_input' },
      { asks: [{ ...ask, key: 'a', summary: 'git push', openedAt: 1 }] },
    )
    const agent = sampleAgent({ state: 'awaiting_input' })
    expect(cardRegion({ agent, children: [child] }).html).toContain('git push')
  })

  test('cuts a message of 6,000 characters', () => {
    const agent = sampleAgent({ title: 'word '.repeat(1200) }, { lastMessage: 'x'.repeat(6000) })
    expect(cardRegion({ agent, children: [] }).html.length).toBeLessThan(3000)
  })

  test('is rendered again only when its agent or a child of it has changed', () => {
    const agent = sampleAgent()
    const child = sampleAgent({ id: 12 })
    const card = cardRegion({ agent, children: [child] })
    expect(cardRegion({ agent, children: [child] })).toBe(card)
    const changed = cardRegion({ agent, children: [{ ...child, title: 'Something else' }] })
    expect(changed.html).toContain('Something else')
    const idle = cardRegion({ agent: { ...agent, state: 'idle' }, children: [] })
    expect(idle.html).toContain('data-state="idle"')
  })
})

describe('marks', () => {
  test('what is beside a state colours it, but never where a human is needed', () => {
    expect(markOf({ state: 'processing', overlays: ['quiet', 'stuck'] })).toBe('stuck')
    expect(markOf({ state: 'processing', overlays: ['background'] })).toBe('background')
    expect(markOf({ state: 'idle', overlays: ['lost'] })).toBe('lost')
    expect(markOf({ state: 'awaiting_input', overlays: ['stuck', 'lost'] })).toBe('awaiting_input')
    expect(markOf({ state: 'errored', overlays: ['lost'] })).toBe('errored')
  })

  test('a stuck agent still says that it works', () => {
    const html = toHtml(<StateMark agent={{ state: 'processing', overlays: ['stuck'] }} />)
    expect(html).toContain('Working')
    expect(html).toContain('stuck')
  })
})

describe('the board', () => {
  test('counts are filters that keep the rest of the filter', () => {
    const html = page({ projects: ['checkout'] })
    expect(html).toContain('href="/?project=checkout&amp;state=awaiting_input"')
    expect(html).toContain('href="/?project=checkout&amp;state=commanded&amp;state=processing"')
  })

  test('the count that is chosen takes its filter away', () => {
    expect(page({ states: ['awaiting_input'] })).toMatch(/aria-current="true" href="\/"/)
  })

  test('what is filtered by can be taken away one by one', () => {
    const html = page({ projects: ['checkout'], types: ['note'] })
    expect(html).toContain('<input type="hidden" name="type" value="note"/>')
    expect(html).toContain('class="chip" href="/?type=note"')
    expect(html).toContain('class="chip" href="/?project=checkout"')
  })

  test('a filter that matches nothing is named and can be cleared', () => {
    const empty = { ...board({ states: ['errored'] }), sections: [] }
    const html = pageOf(empty)
    expect(html).toContain('No agent matches this filter')
    expect(html).toContain('state: Failed')
    expect(html).toContain('>Clear the filter<')
  })

  test('the first visitor is told what to do', () => {
    const html = pageOf({ ...board(), sections: [] })
    expect(html).toContain('npx muster connect')
    expect(html).toContain('curl ')
    expect(html).toContain('http://127.0.0.1:4690/api/events')
  })

  test('nobody waits: the strip is there, and empty', () => {
    const html = pageOf({ ...board(), waiting: [] })
    expect(html).toContain(
      '<section id="recommended" class="recommended" hidden="" hx-swap-oob="morph"></section>',
    )
  })

  test('does not claim to be connected, and refreshes without a script', () => {
    const html = page()
    expect(html).toContain('id="connection" class="connection" data-status="reconnecting"')
    expect(html).toContain('<noscript><meta http-equiv="refresh" content="30"/></noscript>')
  })

  test('one agent that changes changes one card', () => {
    const [before, after] = ['idle', 'complete'].map((state) => {
      const agent = sampleAgent({ id: 13, state: state as 'idle' })
      const sections = board().sections.map((section) => ({
        ...section,
        sessions: [...section.sessions.slice(0, 1), { agent, children: [] }],
      }))
      return partsOf({ ...board(), sections }).regions
    })
    expect(before?.map((region) => region.shell)).toEqual(after?.map((region) => region.shell))
    const changed = before?.filter((region, index) => region.html !== after?.[index]?.html)
    expect(changed?.map(({ id }) => id)).toEqual(['projects'])
  })

  test('a row is rendered again when its agent is given another name', () => {
    const line = sampleLine(5)
    const renamed = { ...line, agent: sampleAgent({ name: 'Ada' }) }
    partsOf({ ...board(), feed: [line] })
    const [list] = partsOf({ ...board(), feed: [renamed] }).lists
    expect(list?.rows[0]?.html).toContain('>Ada<')
  })
})

test('the set-up partial is one inert element with one sink', () => {
  expect(toHtml(<SseSetup topics={['board?state=idle&type=a', 'bar']} cursor={9} />)).toBe(
    '<div id="live" hx-ext="sse" sse-connect="/live?topic=board%3Fstate%3Didle%26type%3Da' +
      '&amp;topic=bar&amp;last_event_id=9" hidden=""><div sse-swap="patch" hx-swap="none"></div></div>',
  )
})

describe('cuts', () => {
  test('keep the length and never half a character', () => {
    expect(cutEnd('abcdef', 4)).toBe('abc…')
    expect(cutMiddle('abcdefghij', 7)).toBe('abcd…ij')
    expect(cutEnd('ab😀cd', 4)).toBe('ab…')
    expect(cutMiddle('😀😀😀😀😀😀', 7)).toBe('😀😀…😀')
  })

  test('of a tail put the text together again', () => {
    for (const text of ['', 'a', 'ab😀cdefgh', 'short']) {
      for (const tail of [1, 2, 3, 5, 18]) expect(splitTail(text, tail).join('')).toBe(text)
    }
  })
})
