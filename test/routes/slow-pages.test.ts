import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster
let psql: pg.Client

// Of their own for each test: a page that was loaded is kept for a while.
beforeEach(async () => {
  muster = await startTestMuster()
  psql = new pg.Client({ connectionString: muster.databaseUrl })
  await psql.connect()
})
afterEach(async () => {
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

it('a page that takes too long to load does not keep the others of its stream', async () => {
  await muster.report({ type: 'working', project: 'one', agent: 'one', state: 'processing' })
  await psql.query('BEGIN; LOCK TABLE debates IN ACCESS EXCLUSIVE MODE')
  const topics = 'topic=board&topic=debates'
  const client = await StreamClient.open(`${muster.address}/live?${topics}`)
  expect(client.status).toBe(200)
  await muster.report({ type: 'said', project: 'one', message: 'before it is given up' })
  await client.receives('what is new', () => client.text.includes('before it is given up'))
  expect(client.text).not.toContain('data: debates')
  await client.receives('that it is tried again', () => client.text.includes('page_fault'))
  await muster.report({ type: 'said', project: 'one', message: 'after that' })
  await client.receives('what is new', () => client.text.includes('after that'))
  await psql.query('ROLLBACK')
  await client.receives('the page that was slow', () => client.text.includes('data: debates'))
  expect(client.isEnded).toBe(false)
  client.close()
}, 60_000)
