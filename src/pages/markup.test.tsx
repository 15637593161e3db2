import { describe, expect, test } from 'vitest'
import {
  FRAME,
  sampleAgent,
  sampleAttention,
  sampleBoard,
  sampleLine,
  sampleMemory,
  sampleProject,
  sampleTurns,
} from '../../test/support/sample-board'
import { sampleDebateModel, sampleDebates } from '../../test/support/sample-debate'
import { sampleStats } from '../../test/support/sample-stats'
import { barRegions } from '../../views/components/bar'
import { dollars, duration, tokens, wholeNumber } from '../../views/components/figures'
import { ErrorPage } from '../../views/error'
import { EventPage } from '../../views/event'
import type { PageList, PageRegion } from '../../views/region'
import { type Markup, toHtml } from '../../views/render'
import { EditViewPage, ViewsPage } from '../../views/views'
import { EVERYTHING, type Filter } from '../filter/filter'
import type { Region } from '../stream/region'
import { PAGES } from '.'
import { agentPage } from './agent/page'
import { boardPage } from './board/page'
import { debatePage } from './debate/page'
import { debatesPage } from './debates/page'
import { type DefinedPage, type Parts, sortParts } from './define-page'
import { eventsPage } from './events/page'
import { projectPage } from './project/page'
import { statsPage } from './stats/page'
import { viewPage } from './view/page'

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&lt;\r\n]]>`

/** A live page with a model of it. */
interface Sample {
  readonly html: Markup
  readonly parts: Parts
}

function live(text?: string): Record<string, Sample> {
  const filter: Filter = { ...EVERYTHING, states: ['idle'], types: ['note'] }
  const project = { project: sampleProject(text), board: sampleBoard(text, { filter }) }
  const empty = sampleBoard(text, { filter, sections: [], waiting: [], feed: [] })
  return {
    board: sample(boardPage, sampleBoard(text), text),
    'empty board': sample(boardPage, empty, text),
    project: sample(projectPage, project, text),
    agent: sample(agentPage, agentModel(text), text),
    events: sample(eventsPage, eventsModel(text), text),
    debate: sample(debatePage, sampleDebateModel(text), text),
    debates: sample(debatesPage, sampleDebates(text), text),
    view: sample(viewPage, { view: viewOf(text), board: sampleBoard(text) }, text),
    stats: sample(statsPage, sampleStats(text), text),
  }
}

function sample<M, P extends Parts>(page: DefinedPage<M, P>, model: M, text?: string): Sample {
  const bar = { attention: sampleAttention(text) }
  const html = page.render(model, { ...FRAME, bar, mayAct: true })
  return { html, parts: { ...page.parts(model, FRAME.address), ...barRegions(bar) } }
}

function pages(text?: string): Record<string, Markup> {
  const error = { status: 404, title: text ?? 'Gone', advice: text ?? 'Go', id: text ?? 'x' }
  return {
    ...Object.fromEntries(Object.entries(live(text)).map(([name, { html }]) => [name, html])),
    event: <EventPage line={sampleLine(1, text)} frame={FRAME} />,
    error: <ErrorPage error={error} frame={FRAME} />,
    views: <ViewsPage views={[viewOf(text)]} frame={FRAME} />,
    'edit of a view': <EditViewPage view={viewOf(text)} frame={FRAME} />,
  }
}

function viewOf(text = 'Night shift') {
  const filter: Filter = { ...EVERYTHING, projects: [text], states: ['idle'] }
  return {
    id: '7b0d8f3e-58a4-4c6e-9f3e-6f0f7a1c2d3e',
    name: text,
    filter,
    names: { projects: [], agents: [] },
  }
}

function htmlOf(name: string, text?: string): string {
  const page = pages(text)[name]
  if (!page) throw new Error(`no page ${name}`)
  return toHtml(page)
}

function agentModel(text?: string) {
  const named = text === undefined ? {} : { name: text, title: text, model: text, agentType: text }
  const agent = sampleAgent({ ...named, sessionId: text ?? 's' }, sampleMemory(text ?? 'npm test'))
  return {
    agent,
    project: sampleProject(text),
    parent: agent,
    children: [agent],
    turns: sampleTurns(text),
    counts: { awaiting: 1, working: 0, idle: 0 },
    debates: [{ id: 'd', title: text ?? 'd' }],
  }
}

function eventsModel(text?: string) {
  const filter = { ...EVERYTHING, text: text ?? 'needle' }
  const at = new Date(0)
  return {
    filter,
    place: null,
    isLive: true,
    lines: [sampleLine(2, text), sampleLine(1, text)],
    hasOlder: true,
    hasNewer: false,
    count: { by: 'x', total: 1 },
    removedProjects: [7],
    removedSessions: [],
    gap: { from: at, to: at },
    chosen: { projects: [], agents: [] },
  }
}

describe('every page', () => {
  test.each(Object.keys(pages()))('shows hostile text as text: %s', (name) => {
    const html = htmlOf(name, HOSTILE)
    expect(html).toContain('&lt;script&gt;alert(1)')
    expect(html).not.toMatch(/<script(?! type="module" src="\/muster\.js")/)
    expect(html).not.toContain('<img')
    // No attribute was broken out of, and none acts by itself.
    for (const [tag] of html.matchAll(/<[a-z][^>]*>/g)) {
      expect(tag).toMatch(/^<[a-z][a-z0-9]*(?: [a-zA-Z-]+="[^"<>]*")*\/?>$/)
      expect(tag.replace(/="[^"]*"/g, '=')).not.toMatch(/ on[a-z]+=| style=/)
      expect(tag).not.toMatch(/(href|action|src)="(?!#main|\/(?!\/)|data:image\/svg\+xml,%3Csvg)/)
    }
  })

  test.each(Object.keys(pages()))('renders the same text for the same data: %s', (name) => {
    expect(htmlOf(name)).toBe(htmlOf(name))
  })

  test.each(Object.keys(pages()))('has one h1, and headings that skip no level: %s', (name) => {
    const html = htmlOf(name)
    const levels = [...html.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]))
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    levels.reduce((before, level) => {
      expect(level - before).toBeLessThanOrEqual(1)
      return level
    }, 0)
  })
})

test('figures are printed as people read them', () => {
  expect([0, 950, 12_345, 999_949, 999_950, 4_520_000].map(tokens)).toEqual([
    '0',
    '950',
    '12.3 k',
    '999.9 k',
    '1.0 M',
    '4.5 M',
  ])
  expect([0, 0.0042, 0.5, 1_234.5].map(dollars)).toEqual(['$0', '$0.0042', '$0.50', '$1,234.50'])
  expect([900, 61_000, 3_900_000].map(duration)).toEqual(['1 s', '1 min', '1 h 5 min'])
  expect([7, 1_234, 1_234_567].map(wholeNumber)).toEqual(['7', '1,234', '1,234,567'])
})

describe('what is kept up to date', () => {
  const samples = Object.entries(live())

  test('has a sample of each page', () => {
    const missing = PAGES.filter(({ key }) => !(key in live()))
    expect(missing.map(({ key }) => key)).toEqual([])
  })

  test.each(samples)('stands on the page, word for word: %s', (_, { html, parts }) => {
    const page = toHtml(html)
    const all: readonly (PageRegion | PageList)[] = Object.values(parts)
    for (const part of all) expect(page, part.id).toContain(toHtml(part.element))
    for (const { id, html: piece } of flatten(sortParts(parts).regions)) {
      expect(page, id).toContain(piece)
      expect(piece, id).toMatch(/^<[a-z]+ [^>]*hx-swap-oob="morph"/)
      expect(piece.match(/ id="([^"]+)"/)?.[1]).toBe(id)
    }
  })

  test.each(samples)('holds its parts, and shells do not: %s', (_, { parts: all }) => {
    for (const { html, shell, parts } of flatten(sortParts(all).regions)) {
      for (const part of parts ?? []) {
        expect(html).toContain(part.html)
        expect(shell).not.toContain(`id="${part.id}"`)
      }
    }
  })

  test.each(samples)('has ids that are used once: %s', (_, { html }) => {
    const ids = [...toHtml(html).matchAll(/ id="([^"]+)"/g)].map((match) => match[1])
    expect(ids).toEqual([...new Set(ids)])
  })

  test('grows by rows of the feed that are rows of the page', () => {
    const html = toHtml(boardPage.render(sampleBoard(), FRAME))
    const { feed } = boardPage.parts(sampleBoard(), FRAME.address)
    expect(feed.rows.map((row) => row.id)).toEqual([102, 101])
    for (const row of feed.rows) {
      expect(html).toContain(row.html)
      expect(row.html).toContain(
        `<tr id="event-${row.id}" class="feed-row" data-event-id="${row.id}"`,
      )
    }
  })
})

function flatten(regions: readonly Region[]): Region[] {
  return regions.flatMap((region) => [region, ...flatten(region.parts ?? [])])
}
