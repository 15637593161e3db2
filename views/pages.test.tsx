import { describe, expect, test } from 'vitest'
import { EVERYTHING, type Filter } from '../src/filter/filter'
import type { Region } from '../src/stream/region'
import { AgentPage, agentRegions } from './agent'
import { BoardPage, boardRegions } from './board'
import { dollars, duration, tokens, wholeNumber } from './components/figures'
import { DebatePage, debateRegions } from './debate'
import { DebatesPage, debatesRegions } from './debates'
import { ErrorPage } from './error'
import { EventPage } from './event'
import { ProjectPage, projectRegions } from './project'
import { type Markup, toHtml } from './render'
import {
  FRAME,
  sampleAgent,
  sampleAttention,
  sampleBoard,
  sampleLine,
  sampleMemory,
  sampleProject,
  sampleTurns,
} from './sample-board'
import { sampleDebateModel, sampleDebates } from './sample-debate'
import { sampleStats } from './sample-stats'
import { StatsPage, statsRegions } from './stats'
import { ViewPage, viewRegions } from './view'
import { EditViewPage, ViewsPage } from './views'

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&lt;\r\n]]>`

function pages(text?: string): Record<string, Markup> {
  const filter: Filter = { ...EVERYTHING, states: ['idle'], types: ['note'] }
  const model = { project: sampleProject(text), board: sampleBoard(text, { filter }) }
  const error = { status: 404, title: text ?? 'Gone', advice: text ?? 'Go', id: text ?? 'x' }
  return {
    board: <BoardPage board={sampleBoard(text)} frame={FRAME} />,
    'empty board': (
      <BoardPage board={sampleBoard(text, { filter, sections: [], feed: [] })} frame={FRAME} />
    ),
    project: <ProjectPage model={model} frame={FRAME} />,
    agent: <AgentPage model={agentModel(text)} frame={FRAME} />,
    event: <EventPage line={sampleLine(1, text)} frame={FRAME} />,
    debate: <DebatePage model={sampleDebateModel(text)} frame={{ ...FRAME, mayAct: true }} />,
    debates: <DebatesPage model={sampleDebates(text)} frame={FRAME} />,
    error: <ErrorPage error={error} frame={FRAME} />,
    view: <ViewPage view={viewOf(text)} board={sampleBoard(text)} frame={FRAME} />,
    views: <ViewsPage views={[viewOf(text)]} frame={FRAME} />,
    'edit of a view': <EditViewPage view={viewOf(text)} frame={FRAME} />,
    metrics: <StatsPage model={sampleStats(text)} frame={FRAME} />,
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
    attention: sampleAttention(text),
    debates: [{ id: 'd', title: text ?? 'd' }],
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

describe('regions', () => {
  const projectModel = { project: sampleProject(), board: sampleBoard() }
  const cases: [string, Markup, Region[]][] = [
    [
      'board',
      <BoardPage board={sampleBoard()} frame={FRAME} />,
      boardRegions(sampleBoard(), FRAME.address).regions,
    ],
    [
      'empty board',
      <BoardPage board={sampleBoard(undefined, { sections: [], waiting: [] })} frame={FRAME} />,
      boardRegions(sampleBoard(undefined, { sections: [], waiting: [] }), FRAME.address).regions,
    ],
    [
      'project',
      <ProjectPage model={projectModel} frame={FRAME} />,
      projectRegions(projectModel, FRAME.address).regions,
    ],
    [
      'view',
      <ViewPage view={viewOf()} board={sampleBoard()} frame={FRAME} />,
      viewRegions(viewOf(), sampleBoard(), FRAME.address).regions,
    ],
    [
      'metrics',
      <StatsPage model={sampleStats()} frame={FRAME} />,
      statsRegions(sampleStats()).regions,
    ],
    ['agent', <AgentPage model={agentModel()} frame={FRAME} />, agentRegions(agentModel()).regions],
    [
      'debate',
      <DebatePage model={sampleDebateModel()} frame={FRAME} />,
      debateRegions(sampleDebateModel()).regions,
    ],
    [
      'debates',
      <DebatesPage model={sampleDebates()} frame={FRAME} />,
      debatesRegions(sampleDebates()).regions,
    ],
  ]

  test.each(cases)('are pieces of the page, word for word: %s', (_, page, regions) => {
    const html = toHtml(page)
    for (const { id, html: piece } of flatten(regions)) {
      expect(html, id).toContain(piece)
      expect(piece, id).toMatch(/^<[a-z]+ [^>]*hx-swap-oob="morph"/)
      expect(piece.match(/ id="([^"]+)"/)?.[1]).toBe(id)
    }
  })

  test.each(cases)('hold their parts, and frames do not: %s', (_, __, regions) => {
    for (const { html, frame, parts } of flatten(regions)) {
      for (const part of parts ?? []) {
        expect(html).toContain(part.html)
        expect(frame).not.toContain(`id="${part.id}"`)
      }
    }
  })

  test.each(cases)('have ids that are used once: %s', (_, page) => {
    const ids = [...toHtml(page).matchAll(/ id="([^"]+)"/g)].map((match) => match[1])
    expect(ids).toEqual([...new Set(ids)])
  })

  test('rows of the feed are rows of the page', () => {
    const board = sampleBoard()
    const html = toHtml(<BoardPage board={board} frame={FRAME} />)
    const [stack] = boardRegions(board, FRAME.address).stacks
    expect(stack?.rows.map((row) => row.id)).toEqual([102, 101])
    for (const row of stack?.rows ?? []) {
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
