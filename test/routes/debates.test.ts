import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestDebate } from '../support/debate'
import { sharedMuster, type TestMuster } from '../support/muster'
import { makeToken, projectIdOf } from '../support/tokens'

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
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const SIDES = { pro: { position: 'yes' }, con: { position: 'no' } }
const OPENING = { project: 'debating', title: 'A question', sides: SIDES }

describe('a new debate', () => {
  it('is in its first phase, belongs to a project, and knows the agents that speak', async () => {
    await muster.report({ type: 'note', project: 'harbour', agent: 'ada', state: 'processing' })
    const agents = await muster.sql(`SELECT id, project_id FROM agents WHERE session_id = 'ada'`)
    const [{ id: agentId, project_id: projectId }] = agents.rows
    const id = randomUUID()
    const { status, body } = await post('/api/debates', {
      id,
      project: 'harbour',
      title: ' Is it safe? ',
      sides: {
        pro: { position: 'It is', agent: 'ada' },
        con: { position: 'It is not', agent: Number(agentId) },
        moderator: { position: 'Keeps the time' },
      },
    })
    expect(status).toBe(201)
    expect(body).toEqual({
      id,
      projectId: Number(projectId),
      title: 'Is it safe?',
      status: 'active',
      phase: 'phase_1_opening',
      speaker: 'pro',
      turnNumber: 0,
      utteranceCount: 0,
      interventionCount: 0,
      elapsedMs: expect.any(Number),
      sides: {
        pro: { position: 'It is', agentId: Number(agentId) },
        con: { position: 'It is not', agentId: Number(agentId) },
        moderator: { position: 'Keeps the time', agentId: null },
      },
      createdAt: TIME,
      pausedAt: null,
      completedAt: null,
    })
    const { rows } = await muster.sql(
      `SELECT type, project_id, actor_id, summary FROM events WHERE debate_id = $1`,
      [id],
    )
    expect(rows).toEqual([
      {
        type: 'debate_created',
        project_id: projectId,
        actor_id: 'local',
        summary: '“Is it safe?” begins',
      },
    ])
  })

  it('registers a project that nobody has reported from, and says so', async () => {
    const project = `new-${randomUUID()}`
    await TestDebate.begin(muster, { project })
    const { rows } = await muster.sql(
      `SELECT type FROM events JOIN projects ON projects.id = project_id
       WHERE name = $1 ORDER BY events.id`,
      [project],
    )
    expect(rows.map((row) => row.type)).toEqual(['project_changed', 'debate_created'])
  })

  it('that is sent again is the same one; another with its id is refused', async () => {
    const id = randomUUID()
    expect((await post('/api/debates', { ...OPENING, id })).status).toBe(201)
    const again = await post('/api/debates', { ...OPENING, id: id.toUpperCase() })
    expect(again).toMatchObject({ status: 200, body: { id } })
    const other = await post('/api/debates', { ...OPENING, id, title: 'Another' })
    expect(other).toMatchObject({ status: 409, body: { reason: 'id_taken' } })
    const { rows } = await muster.sql('SELECT 1 FROM events WHERE debate_id = $1', [id])
    expect(rows).toHaveLength(1)
  })

  it('with the id of one that is out of sight is refused, and no more is said of that', async () => {
    const id = randomUUID()
    await post('/api/debates', { ...OPENING, id })
    await muster.report({ type: 'note', project: 'apart' })
    const projectIds = [await projectIdOf(muster, 'apart')]
    const { headers } = await makeToken(muster, { may: ['report', 'read'], projectIds })
    const refused = await muster.fetch('/api/debates', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...OPENING, project: 'apart', id }),
    })
    expect(refused.status).toBe(409)
    expect(await refused.json()).toEqual({
      error: 'This id is taken: choose another',
      reason: 'id_taken',
    })
  })

  it('begun at the same moment under one id by several is one debate', async () => {
    const id = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post('/api/debates', { ...OPENING, id })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201])
  })

  it.each([
    ['no title', { title: '' }, 'title'],
    ['a title of 201 characters', { title: 'x'.repeat(201) }, 'title'],
    ['no project', { project: undefined }, 'project'],
    ['one side', { sides: { pro: { position: 'yes' } } }, 'sides.con'],
    [
      'a side that says nothing',
      { sides: { ...SIDES, con: { position: ' ' } } },
      'sides.con.position',
    ],
    ['a side that there is not', { sides: { ...SIDES, jury: { position: 'x' } } }, 'sides'],
    [
      'an agent that there is not',
      { sides: { ...SIDES, con: { position: 'x', agent: 'nobody' } } },
      'sides.con.agent',
    ],
    ['an unknown speaker', { speaker: 'jury' }, 'speaker'],
    ['a malformed id', { id: 'one' }, 'id'],
  ])('with %s is refused, and the field is named', async (_, fields, field) => {
    const { status, body } = await post('/api/debates', { ...OPENING, ...fields })
    expect(status).toBe(400)
    expect(body).toMatchObject({ error: expect.any(String), field })
  })

  it('with an unknown field is refused', async () => {
    const { status, body } = await post('/api/debates', { ...OPENING, phases: [] })
    expect(status).toBe(400)
    expect(body.error).toContain('phases')
  })
})
