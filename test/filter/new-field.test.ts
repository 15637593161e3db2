import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { TestPerson } from '../support/person'

// Files of one process share what they import: this one imports all of it again, and so does the next.
vi.hoisted(() => vi.resetModules())

// One entry, and no other line of the product knows of it.
vi.mock('../../src/filter/fields', async (original) => {
  const { FIELDS } = await original<typeof import('../../src/filter/fields')>()
  const { list } = await import('../../src/filter/field')
  const value = z.enum(['even', 'odd'])
  const parityOf = (id: number) => (id % 2 === 0 ? 'even' : 'odd')
  const parities = list<'even' | 'odd'>({
    page: { key: 'parity', value, expected: 'even or odd' },
    api: { key: 'parity', value, expected: 'a list of even and odd' },
    json: { key: 'parities', value, expected: 'even and odd' },
    label: 'Parity',
    plural: 'Parities',
    control: 'select',
    options: ['even', 'odd'],
    column: sql`CASE WHEN agent_id % 2 = 0 THEN 'even' WHEN agent_id % 2 = 1 THEN 'odd' END`,
    type: 'text',
    of: ({ agentId }) => (agentId === null ? null : parityOf(agentId)),
    session: (parities, { id }) => parities.includes(parityOf(id)),
  })
  return { FIELDS: { ...FIELDS, parities } }
})

let muster: TestMuster
let ada: TestPerson

beforeAll(async () => {
  muster = await startTestMuster()
  ada = await TestPerson.come(muster)
  await muster.report(say('first'), say('second'))
  const { rows } = await muster.sql('SELECT name FROM agents ORDER BY id % 2 DESC')
  expect(rows.map(({ name }) => name)).toEqual(['first', 'second'])
})
afterAll(async () => {
  await muster.stop()
  vi.doUnmock('../../src/filter/fields')
  vi.resetModules()
})

const say = (agent: string) => ({
  type: 'said',
  project: 'p',
  agent,
  state: 'idle',
  message: `words of ${agent}`,
})
const page = async (path: string) => (await ada.ask(path)).text()
const json = async (path: string) =>
  (await ada.ask(path)).json() as Promise<{ events: unknown[]; filters: object }>
/** Those whose words are on a page, in cards or rows. */
const agentsIn = (html: string) =>
  ['first', 'second'].filter((name) => html.includes(`words of ${name}`))

describe('A field that is an entry of the table narrows', () => {
  it.each(['/?parity=even', '/projects/p?parity=even', '/events?parity=even'])(
    'the page %s, its sessions and its rows',
    async (path) => {
      const html = await page(path)
      expect(agentsIn(html)).toEqual(['second'])
      expect(html).toMatch(/<select id="filter-parity" name="parity">/)
      expect(html).toMatch(/<input type="hidden" name="parity" value="even"/)
    },
  )

  it('the topics of pages, under one canonical key', async () => {
    const html = await page('/?parity=odd&parity=even&type=said&parity=odd')
    expect(html).toContain(encodeURIComponent('board?type=said&parity=even&parity=odd'))
    const topic = encodeURIComponent('board?parity=odd')
    const polled = await ada.ask(`/live?topic=${topic}&last_event_id=0`)
    expect(polled.status).toBe(200)
  })

  it('the history and the streams of events', async () => {
    const { events } = await json('/api/events/history?parity=even&types=said')
    expect(events).toHaveLength(1)
    const stream = await StreamClient.open(`${muster.address}/api/events/stream?parity=odd`)
    await muster.report(say('second'), say('first'))
    await stream.receives('a row', () => stream.events.length > 0)
    stream.close()
    expect(stream.events.map(({ data }) => data).join()).toMatch(/words of first/)
    expect(stream.events.map(({ data }) => data).join()).not.toMatch(/words of second/)
  })

  it('saved views: in JSON, on their pages and forms, and in their figures', async () => {
    const view = await ada.save('Even', { parities: ['even'] })
    const kept = await json(`/api/v2/configurations/${view.id}`)
    expect(kept.filters).toMatchObject({ parities: ['even'], types: [] })
    expect(agentsIn(await page(`/views/${view.id}`))).toEqual(['second'])
    const form = await page(`/views/${view.id}/edit`)
    expect(form).toMatch(/<legend>Parities<\/legend>/)
    expect(form).toMatch(/name="parity" value="even" checked/)
    expect(form).not.toMatch(/name="parity" value="odd" checked/)
    expect(await page('/views')).toContain('parity: even')
    const stream = await StreamClient.open(
      `${muster.address}/api/v2/configurations/${view.id}/stream`,
      { Cookie: ada.cookie },
    )
    const figures = () => stream.events.find(({ event }) => event === 'metrics')
    await stream.receives('figures', () => figures() !== undefined)
    stream.close()
    const { rows } = await muster.sql('SELECT count(*) FROM events WHERE agent_id % 2 = 0')
    expect(JSON.parse(figures()?.data ?? '')).toMatchObject({
      agents_total: 1,
      events_total: Number(rows[0].count),
    })
  })

  it.each([
    ['/?parity=big', 'parity: “big” is not even or odd'],
    ['/api/events/history?parity=big', 'parity has to be a list of even and odd, not “big”'],
    ['/api/events/history?size=1', 'known are types, project_id, agent_id, parity, after'],
  ])('and refuses %s', async (path, message) => {
    const answer = await ada.ask(path)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(message)
  })
})
