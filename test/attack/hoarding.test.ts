import { afterAll, beforeAll, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { TestDebate } from '../support/debate'
import { BEARER, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { makeToken } from '../support/tokens'

const TOPICS = 16

let muster: TestMuster
const clients: StreamClient[] = []

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN })
  await muster.report({ type: 'noted', project: 'orchard', agent: 'mender' })
})
afterAll(async () => {
  for (const client of clients) client.close()
  await muster.stop()
})

async function open(path: string, headers: Record<string, string>): Promise<StreamClient> {
  const client = await StreamClient.open(`${muster.address}${path}`, headers)
  clients.push(client)
  return client
}

/** So many different pages as one stream may have. */
function manyTopics(stream: number): string {
  const topics = Array.from({ length: TOPICS }, (_, n) => `board?type=t${stream * TOPICS + n}`)
  return `/live?${new URLSearchParams(topics.map((topic): [string, string] => ['topic', topic]))}`
}

it('who holds all lanes and all streams with a token that may read shuts nobody out', async () => {
  const greedy = await makeToken(muster, { may: ['read'] })
  const debate = await TestDebate.begin(muster, {}, BEARER)
  const hoarded: StreamClient[] = []
  for (let n = 0; n < 13; n++) hoarded.push(await open(manyTopics(n), greedy.headers))
  expect(hoarded.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(12)
  expect(muster.services.pageStreams.pageCount).toBeGreaterThanOrEqual(12 * TOPICS)
  const families = [
    '/api/events',
    '/api/v2/stream',
    `/api/debates/${debate.id}/stream`,
    '/live?topic=board%3Ftype%3Dt0',
  ]
  for (const path of families) {
    await Promise.all(Array.from({ length: 100 }, () => open(path, greedy.headers)))
  }
  const { connections } = muster.services
  expect(
    ['events', 'v2', 'debates', 'pages'].map((name) => connections.count(name as 'v2')),
  ).toEqual([100, 100, 100, 100])
  const pages = ['/', '/events', '/stats', '/projects/orchard', '/debates', `/debates/${debate.id}`]
  for (const path of pages) {
    const { status } = await muster.fetch(path, { headers: { ...BEARER, Accept: 'text/html' } })
    expect([path, status]).toEqual([path, 200])
  }
  const poll = await muster.fetch('/live?topic=board', {
    headers: { ...BEARER, Accept: 'text/html' },
  })
  expect(poll.status).toBe(200)
  for (const path of [...families.slice(0, 3), '/live?topic=board&topic=stats&topic=debates']) {
    expect([path, (await open(path, BEARER)).status]).toEqual([path, 200])
  }
  const live = await open('/live?topic=board', BEARER)
  const { last_id } = await muster.report({ type: 'noted', project: 'orchard', agent: 'keeper' })
  await live.receives('what happens', () => live.ids.some((id) => id >= last_id))
  expect(live.text).toContain('keeper')
})
