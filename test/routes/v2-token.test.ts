import { afterAll, beforeAll, expect, it } from 'vitest'
import { StreamClient } from '../support/client'
import { BEARER, TOKEN } from '../support/login'
import { startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster({ MUSTER_TOKEN: TOKEN })
})
afterAll(() => muster.stop())

const PATH = '/api/v2/configurations'

it('where there is a token it is the identity, and a person’s cookie is none', async () => {
  const created = await muster.fetch(PATH, {
    method: 'POST',
    headers: { ...BEARER, 'Content-Type': 'application/json' },
    body: '{"name":"of the token"}',
  })
  expect(created.status).toBe(201)
  const { id } = (await created.json()) as { id: string }
  const strangers: Record<string, string>[] = [
    {},
    { Authorization: 'Bearer something else' },
    { Cookie: `muster_person=${'x'.repeat(43)}` },
  ]
  for (const path of [PATH, `${PATH}/${id}`, `${PATH}/${id}/stream`]) {
    for (const headers of strangers) {
      const refused = await muster.fetch(path, { headers })
      expect(refused.status, path).toBe(401)
      expect(await refused.text()).toBe('{"detail":"Missing user identification"}')
    }
  }
  const client = await StreamClient.open(`${muster.address}${PATH}/${id}/stream`, BEARER)
  await client.receives('metrics', () => client.events.some(({ event }) => event === 'metrics'))
  client.close()
})

it('pages give no cookie of a person, and the global stream says why it is refused', async () => {
  const page = await muster.fetch('/', { headers: BEARER })
  expect(page.headers.getSetCookie()).toEqual([])
  const refused = await muster.fetch('/api/v2/stream')
  expect(refused.status).toBe(401)
  expect(await refused.json()).toEqual({ detail: expect.stringContaining('token') })
})
