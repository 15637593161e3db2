import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '../../src/app'
import { type RoutePolicy, routePolicies } from '../../src/http/access-policy'
import { StreamClient } from '../support/client'
import { BEARER, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'
import { addressOf, beginDebate, type Sample } from '../support/route-samples'
import { makeToken, projectIdOf } from '../support/tokens'
import { until } from '../support/wait'

const TEST_LIMIT_MS = 120_000
/** After this long without a byte a stream has said what it had to say. */
const QUIET_MS = 150
const PROJECTS = ['apple', 'birch', 'cedar'] as const
type Name = (typeof PROJECTS)[number]

interface Query {
  readonly key: string
  readonly of: Name
  readonly resumes: boolean
}

let muster: TestMuster
let routes: RoutePolicy[]
let first: number
const samples = new Map<Name, Sample>()
/** In every text of a project, whatever shows it. */
const secretOf = (name: Name) => `secret-of-${name}`

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN, SSE_MAX_CONNECTIONS: '1000' })
  routes = routePolicies(createApp(muster.services)).filter(
    ({ method, rule }) => method === 'GET' && rule === 'read',
  )
  for (const name of PROJECTS) samples.set(name, await fill(name))
  await muster.sql(`INSERT INTO events (type, summary) VALUES ('noted', 'secret-of-nobody')`)
  const { rows } = await muster.sql('SELECT min(id) - 1 AS id FROM events')
  first = Number(rows[0].id)
})
afterAll(() => muster.stop())

async function fill(name: Name): Promise<Sample> {
  const secret = secretOf(name)
  const about = { project: name, agent: secret, message: secret, data: { secret }, host: secret }
  const { last_id: eventId } = await muster.report(
    { ...about, type: 'noted', state: 'processing', summary: secret },
    { ...about, type: `of-${secret}`, state: 'awaiting_input', summary: secret },
    { type: 'noted', project: name, summary: secret },
  )
  const { rows } = await muster.sql('SELECT id FROM agents WHERE name = $1', [secret])
  const projectId = await projectIdOf(muster, name)
  const debateId = await beginDebate(muster, name, secret, BEARER)
  return { slug: name, projectId, agentId: Number(rows[0].id), eventId, debateId }
}

/** Filters of every kind of query, with values of any project: those that a route does not know are refused. */
const query: fc.Arbitrary<Query> = fc.record({
  key: fc.constantFrom(
    '',
    'project_id',
    'project',
    'agent_id',
    'agent',
    'types',
    'type',
    'q',
    'limit',
  ),
  of: fc.constantFrom(...PROJECTS),
  resumes: fc.boolean(),
})

function withQuery(address: string, { key, of, resumes }: Query): string {
  const url = new URL(address, muster.address)
  const sample = samples.get(of)
  const values: Record<string, unknown> = {
    project_id: sample?.projectId,
    project: of,
    agent_id: sample?.agentId,
    agent: sample?.agentId,
    types: `noted,of-${secretOf(of)},access.token_created`,
    type: 'noted',
    // A page says again what was looked for, which must not be the secret itself.
    q: of,
    limit: 500,
  }
  if (url.pathname === '/live') {
    url.searchParams.append('topic', `project/${of}`)
    url.searchParams.append('topic', `agent/${sample?.agentId}`)
  } else if (key !== '') {
    url.searchParams.set(key, String(values[key]))
  }
  if (resumes) url.searchParams.set('last_event_id', String(first))
  return url.href
}

/** All that comes of an address, until it ends or says nothing more. */
async function read(
  url: string,
  headers: Record<string, string>,
): Promise<{ text: string; isRefusal: boolean }> {
  const stream = await StreamClient.open(url, headers)
  let length = -1
  while (!stream.isEnded && stream.text.length > length) {
    length = stream.text.length
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  }
  stream.close()
  return { text: stream.text, isRefusal: stream.status >= 400 }
}

/** What a text shows of what its reader may not see. */
function leaks(text: string, visible: readonly Name[]): string[] {
  const hidden = PROJECTS.filter((name) => !visible.includes(name))
  return [...hidden.map(secretOf), 'secret-of-nobody', 'access.token'].filter((secret) =>
    text.includes(secret),
  )
}

it('nothing of another project is in any answer, whatever is asked and resumed', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  let shown = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...PROJECTS), { minLength: 1, maxLength: 2 }),
      query,
      fc.constantFrom('text/html', 'application/json', 'text/event-stream'),
      async (visible, wanted, accept) => {
        const projectIds = visible.map((name) => samples.get(name)?.projectId ?? 0)
        const { headers } = await makeToken(muster, { may: ['read'], projectIds })
        const urls = routes.flatMap((route) =>
          [...samples.values()].map((sample) => withQuery(addressOf(route, sample), wanted)),
        )
        await Promise.all(
          [...new Set(urls)].map(async (url) => {
            const { text, isRefusal } = await read(url, { ...headers, Accept: accept })
            // A refusal may name what was asked for.
            const asked = isRefusal ? decodeURIComponent(url) : ''
            const found = leaks(text, visible).filter((secret) => !asked.includes(secret))
            expect(
              found,
              `${url} as ${accept} for ${visible.join()}: ${text.slice(0, 500)}`,
            ).toEqual([])
            if (visible.some((name) => text.includes(secretOf(name)))) shown++
          }),
        )
      },
    ),
    { numRuns: 12 },
  )
  expect(shown).toBeGreaterThan(20)
})

it('nothing of another project comes live, on any stream', { timeout: TEST_LIMIT_MS }, async () => {
  const visible: Name[] = ['birch']
  const projectIds = [samples.get('birch')?.projectId ?? 0]
  const { headers } = await makeToken(muster, { may: ['read'], projectIds })
  const streams: StreamClient[] = []
  for (const route of routes) {
    for (const sample of samples.values()) {
      const url = new URL(addressOf(route, sample), muster.address).href
      const stream = await StreamClient.open(url, { ...headers, Accept: 'text/event-stream' })
      if (stream.headers['content-type'] === 'text/event-stream') streams.push(stream)
      else stream.close()
    }
  }
  expect(streams.length).toBeGreaterThan(1)
  for (const round of [1, 2, 3]) {
    for (const name of PROJECTS) {
      const secret = `${secretOf(name)}-live-${round}`
      await muster.report({ type: 'noted', project: name, agent: secret, summary: secret })
    }
  }
  const last = `${secretOf('birch')}-live-3`
  // A page shows it if it is the page of that project; the log and the board do in any case.
  const has = () => streams.filter(({ text }) => text.includes(last))
  await until('the streams have what they may have', () => has().length >= samples.size * 2)
  for (const stream of streams) expect(leaks(stream.text, visible)).toEqual([])
  for (const stream of streams) stream.close()
})

it('somebody who is not bound sees it all', async () => {
  const { text } = await read(`${muster.address}/api/events?last_event_id=${first}`, BEARER)
  expect(leaks(text, [])).toEqual([...PROJECTS.map(secretOf), 'secret-of-nobody', 'access.token'])
})
