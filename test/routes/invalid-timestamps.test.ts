import { afterAll, beforeAll, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'
import { until } from '../support/wait'

let muster: TestMuster
let agent: { id: number; project_id: number }

beforeAll(async () => {
  muster = await startTestMuster()
  await muster.report({ type: 'working', project: 'odd', agent: 'odd', state: 'processing' })
  const { rows } = await muster.sql('SELECT id, project_id FROM agents')
  agent = rows[0]
})
afterAll(() => muster.stop())

const insert = async (summary: string, at: string, reportedAt: string | null) => {
  const { rows } = await muster.sql(
    `INSERT INTO events (type, summary, at, reported_at, project_id, agent_id)
     VALUES ('from_psql', $1, $2, $3, $4, $5) RETURNING id`,
    [summary, at, reportedAt, agent.project_id, agent.id],
  )
  const id = Number(rows[0].id)
  await until('it is read', () => muster.services.pageStreams.cursor >= id)
  return id
}

it.each([
  ['infinity', null],
  ['-infinity', null],
  ['290000-01-01', null],
  ['200000-01-01', null],
  ['2026-01-01', 'infinity'],
  ['2026-01-01', '290000-01-01'],
])(
  'a row from psql of the time %s, reported at %s, is shown like any other',
  async (at, reportedAt) => {
    const paths = ['/', '/events', '/projects/odd', `/agents/${agent.id}`]
    const topics = ['board', 'events', 'project/odd', `agent/${agent.id}`]
    const query = topics.map((topic) => `topic=${encodeURIComponent(topic)}`).join('&')
    const client = await StreamClient.open(`${muster.address}/live?${query}`)
    await client.receives('its first block', () => client.text.includes('\n\n'))
    const id = await insert('of no time', at, reportedAt)
    const patched = () =>
      new Set(
        client.events
          .filter((event) => event.data.includes(`data-event-id="${id}"`))
          .map(({ data }) => data.split('\n')[0]),
      )
    await client.receives('the row on every page', () => patched().size === topics.length)
    client.close()
    for (const path of [...paths, `/events/${id}`]) {
      const response = await muster.fetch(path, { headers: { Accept: 'text/html' } })
      expect([path, response.status]).toEqual([path, 200])
      const html = await response.text()
      expect(html).toContain('of no time')
      expect(html).not.toMatch(/NaN|Invalid Date|undefined/)
    }
  },
)
