import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster
let psql: pg.Client

beforeAll(async () => {
  muster = await startTestMuster()
  psql = new pg.Client({ connectionString: muster.databaseUrl })
  await psql.connect()
})
afterAll(async () => {
  await psql.end()
  await muster.stop()
})

const HTML = { Accept: 'text/html' }

it('pages that take too long are given up with 503, and meanwhile others go on', async () => {
  await muster.report({ type: 'working', project: 'slow', agent: 'one', state: 'processing' })
  const client = await StreamClient.open(`${muster.address}/live?topic=board`)
  // Reads of debates wait, and nothing that a report or another page needs.
  await psql.query('BEGIN; LOCK TABLE debates IN ACCESS EXCLUSIVE MODE')
  const begunAt = performance.now()
  const slow = muster.fetch('/debates', { headers: HTML })
  let shownBefore = 0
  let isOver = false
  void slow.then(() => {
    isOver = true
  })
  for (let n = 0; !isOver && n < 20; n++) {
    await muster.report({ type: 'said', project: 'slow', message: `meanwhile ${n}` })
    await client.receives('what is new', () => client.text.includes(`meanwhile ${n}`))
    if (!isOver) shownBefore++
  }
  expect(shownBefore).toBeGreaterThan(1)
  const answer = await slow
  const waitedMs = performance.now() - begunAt
  await psql.query('ROLLBACK')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(await answer.text()).toContain('takes too long to read')
  expect(waitedMs).toBeGreaterThanOrEqual(4_500)
  expect((await muster.fetch('/debates', { headers: HTML })).status).toBe(200)
  client.close()
})

it('a page of the past that takes too long is given up with 503 as well', async () => {
  await muster.report({ type: 'working', project: 'past', agent: 'one', state: 'processing' })
  const { rows } = await muster.sql(`SELECT max(id) AS id FROM agents`)
  const path = `/events?agent=${rows[0].id}&before=${Number.MAX_SAFE_INTEGER}`
  // Which subagents the agent has is read for this page alone.
  await psql.query('BEGIN; LOCK TABLE agents IN ACCESS EXCLUSIVE MODE')
  const answer = await muster.fetch(path, { headers: HTML })
  await psql.query('ROLLBACK')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(await answer.text()).toContain('takes too long to read')
  expect((await muster.fetch(path, { headers: HTML })).status).toBe(200)
})
