import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestDebate } from '../support/debate'
import { BEARER, TOKEN } from '../support/login'
import { sharedMuster, startTestMuster, type TestMuster } from '../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

const post = async (path: string, body: unknown) => {
  const response = await muster.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
describe('a debate that there is not', () => {
  it('is 404 on every route, malformed or unknown', async () => {
    for (const id of [randomUUID(), 'one', '123e4567-e89b-12d3-a456-42661417400g']) {
      const expected = { status: 404, body: { error: 'Debate not found', debateId: id } }
      for (const path of ['', '/utterances', '/transcript', '/stream']) {
        const response = await muster.fetch(`/api/debates/${id}${path}`)
        expect({ status: response.status, body: await response.json() }, path).toEqual(expected)
      }
      const said = { speaker: 'pro', content: 'x' }
      expect(await post(`/api/debates/${id}/utterances`, said)).toEqual(expected)
      expect(await post(`/api/debates/${id}/pause`, {})).toEqual(expected)
    }
  })
})

describe('the list', () => {
  it('shows those that go on first, and can be narrowed', async () => {
    const project = `list-${randomUUID()}`
    const debates = []
    for (let i = 0; i < 3; i++) debates.push(await TestDebate.begin(muster, { project }))
    await debates[2]?.post('/complete')
    await debates[1]?.post('/pause')
    const { projectId } = (await debates[0]?.get())?.body ?? {}
    const list = async (query: string) => {
      const response = await muster.fetch(`/api/debates?project_id=${projectId}${query}`)
      const { debates } = (await response.json()) as { debates: { id: string }[] }
      return debates.map(({ id }) => id)
    }
    const [first, second, third] = debates.map(({ id }) => id)
    expect(await list('')).toEqual([second, first, third])
    expect(await list('&status=complete')).toEqual([third])
    expect(await list('&offset=1&limit=1')).toEqual([first])
  })

  it.each([
    'status=done',
    'project_id=x',
    'limit=501',
    'offset=-1',
    'color=red',
    'limit=1&limit=2',
  ])('refuses %s', async (query) => {
    expect((await muster.fetch(`/api/debates?${query}`)).status).toBe(400)
  })
})

describe('the transcript', () => {
  it('has everything in order, as JSON and as Markdown, to keep', async () => {
    const debate = await TestDebate.begin(muster, { title: 'Of <b>tags</b>\nand lines' })
    for (let i = 1; i <= 150; i++) await debate.say(`Point ${i}\n# not a heading <img src=x>`)
    await debate.post('/phase', { phase: 'phase_2_constructive' })
    await debate.post('/pause', { reason: 'Lunch' })
    await debate.post('/resume')
    await debate.post('/complete')
    const json = await muster.fetch(`${debate.path}/transcript`)
    expect(json.headers.get('content-disposition')).toBe(
      `attachment; filename="debate-${debate.id}.json"`,
    )
    const whole = (await json.json()) as { debate: object; entries: { eventId: number }[] }
    expect(whole.entries.map(({ eventId }) => eventId)).toEqual(await debate.ids())
    expect(whole.debate).toMatchObject({ id: debate.id, status: 'complete' })
    const asked = await muster.fetch(`${debate.path}/transcript`, {
      headers: { Accept: 'text/markdown' },
    })
    const text = await asked.text()
    expect(asked.headers.get('content-type')).toContain('text/markdown')
    expect(text).toBe(
      await (await muster.fetch(`${debate.path}/transcript?format=markdown`)).text(),
    )
    expect(text.match(/^### \d+\. pro, /gm)).toHaveLength(150)
    expect(text).toContain('# Of &lt;b&gt;tags&lt;/b&gt; and lines\n')
    expect(text).toContain('> \\# not a heading &lt;img src=x&gt;')
    expect(text).toMatch(/## phase_2_constructive\n\n\*Paused at \S+: Lunch\*\n\n\*Resumed at/)
    expect((await muster.fetch(`${debate.path}/transcript?format=pdf`)).status).toBe(400)
  })
})

describe('rows of debates', () => {
  it.each([
    'utterance',
    'phase_transition',
    'intervention',
    'intervention_response',
    'pause',
    'resume',
    'complete',
    'debate_created',
  ])('of type %s are not taken from reports', async (type) => {
    const { status, body } = await post('/api/events', { type, project: 'p' })
    expect([status, body.field]).toEqual([400, 'type'])
  })
})

it('only who shows the token opens, follows or changes a debate', async () => {
  const locked = await startTestMuster({ MUSTER_TOKEN: TOKEN })
  const debate = await TestDebate.begin(locked, {}, BEARER)
  for (const path of ['', '/utterances', '/transcript', '/stream']) {
    expect((await locked.fetch(`${debate.path}${path}`)).status, path).toBe(401)
  }
  for (const path of [
    '/utterances',
    '/phase',
    '/pause',
    '/resume',
    '/complete',
    '/interventions',
  ]) {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }
    expect((await locked.fetch(`${debate.path}${path}`, init)).status, path).toBe(401)
  }
  await locked.stop()
})
