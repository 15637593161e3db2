import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

const page = async (query = '') => {
  const response = await muster.fetch(`/events${query}`, { headers: { Accept: 'text/html' } })
  return { response, html: await response.text() }
}
const insert = async (type: string, ...summaries: string[]) => {
  const { rows } = await muster.sql(
    'INSERT INTO events (type, summary) SELECT $1, unnest($2::text[]) RETURNING id',
    [type, summaries],
  )
  const ids = rows.map(({ id }) => Number(id))
  await until('the pages show it', () => muster.services.pageStreams.cursor >= (ids.at(-1) ?? 0))
  return ids
}
const idsIn = (html: string) =>
  [...html.matchAll(/data-event-id="(\d+)"/g)].map(([, id]) => Number(id))
const linkIn = (html: string, text: string) =>
  new RegExp(`href="([^"]*)"[^>]*>${text}<`).exec(html)?.[1]?.replaceAll('&amp;', '&')

describe('GET /events', () => {
  it('shows the newest 50 rows, with a stream of its own topic, whatever order the query has', async () => {
    const ids = await insert('newest', ...Array.from({ length: 60 }, (_, n) => `row ${n}`))
    const { response, html } = await page('?type=newest&q=row&since=2026-01-01T00:00%2B01:00')
    expect(response.status).toBe(200)
    expect(idsIn(html)).toEqual(ids.slice(10).reverse())
    const topic = 'events?type=newest&q=row&since=2025-12-31T23%3A00%3A00.000Z'
    expect(html).toContain(`sse-connect="/live?topic=${encodeURIComponent(topic)}&amp;`)
    const again = await page('?since=2025-12-31T23:00Z&q=+row+&type=newest&type=newest&agent=')
    expect(again.html).toContain(`topic=${encodeURIComponent(topic)}&amp;`)
  })

  it('leads back and forth through everything that the filter selects, each row once', async () => {
    const ids = await insert('paged', ...Array.from({ length: 130 }, (_, n) => `leaf ${n}`))
    const seen: number[] = []
    const pages: number[][] = []
    let url: string | undefined = '?type=paged&q=leaf'
    while (url) {
      const { html }: { html: string } = await page(url)
      pages.push(idsIn(html))
      seen.push(...idsIn(html))
      url = linkIn(html, 'Older')?.replace('/events', '')
    }
    expect(seen).toEqual([...ids].reverse())
    const last = pages.at(-1)?.[0]
    const { html } = await page(`?type=paged&q=leaf&after=${last}`)
    expect(idsIn(html)).toEqual(pages.at(-2))
    expect(html).not.toContain('sse-connect')
    expect(html).toContain('Looking back')
    expect(linkIn(html, 'Newer')).toContain(`after=${pages.at(-2)?.[0]}`)
    expect(linkIn(html, 'Back to live')).toBe('/events?type=paged&q=leaf')
  })

  it('is not live before a time that has passed, and is before one that will come', async () => {
    const past = await page('?until=2026-01-01')
    expect(past.html).not.toContain('sse-connect')
    expect(linkIn(past.html, 'Back to live')).toBe('/events')
    expect((await page('?until=2999-01-01')).html).toContain('sse-connect')
  })

  it('gets those rows of its stream that have its words in them', async () => {
    const [seen] = await insert('live', 'a needle')
    const { html } = await page('?q=needle')
    expect(idsIn(html)).toEqual([seen])
    const [, url = ''] = /sse-connect="([^"]*)"/.exec(html) ?? []
    const client = await StreamClient.open(`${muster.address}${url.replaceAll('&amp;', '&')}`)
    const ids = await insert('live', 'hay', 'another needle', 'more hay')
    await client.receives('the row', () => client.text.includes(`data-event-id="${ids[1]}"`))
    expect(idsIn(client.text)).toEqual([ids[1]])
    client.close()
  })

  it('loses the rows of a project that is removed', async () => {
    await muster.report({ type: 'made_up', project: 'repository', message: 'passing' })
    await muster.sql(
      `UPDATE projects SET key = 'repository:demo://muster/x' WHERE name = 'repository'`,
    )
    await until('it is shown', async () =>
      (await page('?q=passing')).html.includes('data-event-id'),
    )
    await until('it is indexed', async () => {
      const { rows } = await muster.sql(
        'SELECT indexed_through >= (SELECT max(id) FROM events) AS done FROM event_search_position',
      )
      return rows[0].done
    })
    await muster.fetch('/api/demo/clear', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    })
    await until('it is gone', async () => idsIn((await page('?q=passing')).html).length === 0)
    const left = await muster.sql(
      'SELECT FROM event_search WHERE NOT EXISTS (SELECT FROM events WHERE id = event_id)',
    )
    expect(left.rowCount).toBe(0)
  })

  it.each([
    ['q', '!!'],
    ['q', 'a%00b'],
    ['q', 'x'.repeat(201)],
    ['since', 'yesterday'],
    ['since', '2026-02-31'],
    ['since', '2026-01-01T25:00'],
    ['until', '2026-13-01'],
    ['until', '0000-01-01'],
    ['before', 'x'],
    ['before', '0'],
    ['after', '1e3'],
    ['after', '99999999999999999999'],
    ['project', 'A%20B'],
    ['agent', 'x'],
    ['state', 'asleep'],
    ['type', 'Upper'],
  ])('refuses %s=%s in HTML and names the field', async (key, value) => {
    const { response, html } = await page(`?${key}=${value}`)
    expect(response.status).toBe(400)
    expect(html).toMatch(new RegExp(`^<!doctype html>[^]*<h1>${key}: `))
  })

  it.each(['before=5&after=5', 'since=2026-02-01&until=2026-01-01', 'q=a&q=b'])(
    'refuses %s, which cannot be meant',
    async (query) => expect((await page(`?${query}`)).response.status).toBe(400),
  )

  it('shows what is typed into the search as text', async () => {
    const { html } = await page(`?q=${encodeURIComponent('"><script>alert(1)</script>')}`)
    expect(html).not.toContain('<script>alert')
  })
})

describe('GET /api/events/history', () => {
  it('finds words and times, page by page', async () => {
    const ids = await insert('told', 'one acorn', 'two acorns', 'three acorn', 'four acorn')
    const history = async (query: string) => {
      const response = await muster.fetch(`/api/events/history?${query}`)
      return (await response.json()) as { events: { id: number }[]; next: number; previous: number }
    }
    const newest = await history('q=acorn&limit=2')
    expect(newest.events.map(({ id }) => id)).toEqual([ids[3], ids[2]])
    const older = await history(`q=acorn&limit=2&before=${newest.previous}`)
    expect(older.events.map(({ id }) => id)).toEqual([ids[0]])
    const newer = await history(`q=acorn&limit=1&after=${ids[0]}`)
    expect(newer.events.map(({ id }) => id)).toEqual([ids[2]])
    const past = await history('q=acorn&until=2026-01-01T00:00:00Z')
    expect(past.events).toEqual([])
  })

  it.each(['q=', 'q=!!', 'since=', 'since=x', 'until=2026-02-31'])('refuses %s', async (query) => {
    const response = await muster.fetch(`/api/events/history?${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ field: query.split('=')[0] })
  })
})
