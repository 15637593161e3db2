import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { CROWD } from '../support/crowd'
import { TestDom } from '../support/dom'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

const SESSIONS = 3_000
const PROJECTS = 300

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
  const [projects = '', agents = ''] = CROWD
  await muster.sql(projects.replace('$2', '$1'), [PROJECTS])
  await muster.sql(agents, [SESSIONS, PROJECTS])
  // One project has more sessions than a board shows of any.
  await muster.sql(`UPDATE agents SET project_id = (SELECT id FROM projects WHERE slug = 'crowd-7')
    WHERE project_id IN (SELECT id FROM projects WHERE slug ~ '^crowd-1..$')`)
  await muster.services.roster.load()
})
afterAll(() => muster.stop())

async function page(path: string) {
  const html = await (await muster.fetch(path, { headers: { Accept: 'text/html' } })).text()
  const of = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, found = '']) => found)
  const [next = null] = of(/rel="next" href="([^"]+)"/g)
  return {
    html,
    sessions: of(/data-agent-session="([^"]+)"/g),
    sections: of(/<section id="project-(\d+)"/g),
    next: next?.replaceAll('&amp;', '&') ?? null,
  }
}

/** All pages from this one on, by their links. */
async function pagesFrom(path: string) {
  const pages = []
  for (let next: string | null = path; next; next = pages.at(-1)?.next ?? null) {
    pages.push(await page(next))
    if (pages.length > 100) throw new Error('the pages do not end')
  }
  return pages
}

describe('a board of thousands', () => {
  it('shows who needs somebody first, then the newest change, and says how many there are', async () => {
    const { html, sessions, sections } = await page('/')
    expect(sessions.length).toBeLessThanOrEqual(300)
    expect(sections).toHaveLength(100)
    expect(sessions).toEqual(expect.arrayContaining(['crowd-1000', 'crowd-2000', 'crowd-3000']))
    expect(sessions).toEqual(expect.arrayContaining(['crowd-1', 'crowd-2', 'crowd-3']))
    expect(sessions).not.toContain('crowd-2999')
    expect(html).toContain(`${sessions.length} of 3,000 sessions on this page`)
    // What is counted is all there is, not what is shown.
    expect(html).toMatch(/data-count="awaiting"[^>]*><span class="count-number" data-tint="">3</)
    expect(Buffer.byteLength(html)).toBeLessThan(1_000_000)
  })

  it('leads from page to page to every session once, but for a project that has too many', async () => {
    const pages = await pagesFrom('/')
    const all = pages.flatMap(({ sessions }) => sessions)
    expect(new Set(all).size).toBe(all.length)
    const { rows } = await muster.sql(`SELECT session_id, slug FROM agents
      JOIN projects ON projects.id = agents.project_id`)
    const big = new Set(rows.filter(({ slug }) => slug === 'crowd-7').map((row) => row.session_id))
    expect(big.size).toBeGreaterThan(1_000)
    expect(all.filter((session) => !big.has(session))).toHaveLength(SESSIONS - big.size)
    expect(all.filter((session) => big.has(session))).toHaveLength(200)
    // The others are on the project's own pages, to which its section leads.
    const { html } = pages.find(({ html }) => html.includes('id="project-')) ?? { html: '' }
    expect(html).toMatch(
      /class="project-more"[^>]*><a href="\/projects\/crowd-\d+">and [\d,]+ more/,
    )
    const own = (await pagesFrom('/projects/crowd-7')).map(({ sessions }) => sessions)
    expect(own.slice(0, -1).every(({ length }) => length === 200)).toBe(true)
    expect(new Set(own.flat())).toEqual(big)
    expect(own.flat()).toHaveLength(big.size)
  })

  it('keeps its filter from page to page', async () => {
    const pages = await pagesFrom('/?state=idle')
    expect(pages.flatMap(({ sessions }) => sessions).length).toBeGreaterThan(900)
    for (const { html } of pages) expect(html).not.toMatch(/<article[^>]*data-state="complete"/)
  })

  it.each(['4-1-1', '1-1', '0--1-1', 'x', '0-1-0', '3-99999999999999999-1'])(
    'is told that %s is no place in it',
    async (place) => {
      for (const path of ['/', '/projects/crowd-7']) {
        const answer = await muster.fetch(`${path}?after=${place}`)
        expect([answer.status, await answer.json()]).toMatchObject([400, { field: 'after' }])
      }
      const live = await muster.fetch(`/live?topic=${encodeURIComponent(`board?after=${place}`)}`)
      expect(live.status).toBe(400)
    },
  )

  it('is kept up to date on a later page, too', async () => {
    const { next } = await page('/')
    const { html, sessions } = await page(next ?? '')
    const dom = new TestDom(html)
    const client = await StreamClient.open(`${muster.address}${dom.stream}`)
    const [first = ''] = sessions
    await muster.sql(
      `WITH changed AS (UPDATE agents SET title = 'Something new' WHERE session_id = $1 RETURNING *)
        INSERT INTO events (type, project_id, agent_id) SELECT 'note', project_id, id FROM changed`,
      [first],
    )
    await client.receives('the new title', () => client.text.includes('Something new'))
    const patch = client.events.find(({ data }) => data.includes('Something new'))
    expect(patch?.data).toMatch(/^board\?after=/)
    // One session has changed, and its card is what is sent.
    expect(patch?.data.match(/<article/g)).toHaveLength(1)
    client.close()
  })

  it('lets go of records that nobody has asked for, and reads them again for whoever looks', async () => {
    const { roster } = muster.services
    const { last_id } = await muster.report(
      ...Array.from({ length: 50 }, (_, i) => ({ type: 'note', project: 'bulk', agent: `b${i}` })),
    )
    await until('the pages know', () => muster.services.pageStreams.cursor >= last_id)
    expect(roster.index.size).toBe(SESSIONS + 50)
    expect(roster.recordCount).toBeGreaterThan(0)
    roster.evictExpired(Date.now() + 600_000)
    expect(roster.recordCount).toBe(0)
    const { sessions } = await page('/projects/bulk')
    expect(sessions).toHaveLength(50)
  })

  it('names in the feed of an open page whoever reports, whether its card is there or not', async () => {
    const dom = new TestDom((await page('/?state=errored')).html)
    const client = await StreamClient.open(`${muster.address}${dom.stream}`)
    muster.services.roster.evictExpired(Date.now() + 600_000)
    await muster.sql(`INSERT INTO events (type, state, project_id, agent_id)
      SELECT 'note', 'errored', project_id, id FROM agents WHERE session_id = 'crowd-77'`)
    await client.receives('the row', () => client.text.includes('data-type="note"'))
    expect(client.text).toMatch(/<td class="feed-agent"[^>]*><a href="[^"]+">Agent 77</)
    client.close()
  })
})
