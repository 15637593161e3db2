import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestDebate } from './test-debate'
import { BEARER, TOKEN } from './test-login'
import { startTestMuster, type TestMuster } from './test-muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
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

describe('what is said', () => {
  it('is answered with what became of it, and can be listed, by speaker and phase', async () => {
    const debate = await TestDebate.begin(muster)
    const id = randomUUID()
    const first = await debate.say('One', { id })
    expect(first).toEqual({
      status: 201,
      body: {
        event: 'utterance',
        eventId: expect.any(Number),
        id,
        timestamp: TIME,
        phase: 'phase_1_opening',
        speaker: 'pro',
        content: 'One',
      },
    })
    await debate.say('Two', { speaker: 'con', phase: 'phase_1_opening' })
    await debate.post('/phase', { phase: 'phase_4_rebuttal', speaker: 'moderator' })
    await debate.say('Three', { speaker: 'user' })
    const { body: all } = await debate.get('/utterances')
    expect(all).toMatchObject({ total: 3, offset: 0, limit: 50 })
    expect(all.utterances.map((one: { content: string }) => one.content)).toEqual([
      'One',
      'Two',
      'Three',
    ])
    expect(all.utterances[0]).toEqual({
      id,
      number: 1,
      agentId: null,
      eventId: first.body.eventId,
      timestamp: first.body.timestamp,
      phase: 'phase_1_opening',
      speaker: 'pro',
      content: 'One',
    })
    const { body: page } = await debate.get('/utterances?offset=1&limit=1')
    expect(page.utterances.map((one: { number: number }) => one.number)).toEqual([2])
    const { body: some } = await debate.get('/utterances?speaker=user&phase=phase_4_rebuttal')
    expect(some).toMatchObject({ total: 1, utterances: [{ number: 3, content: 'Three' }] })
    expect((await debate.get()).body).toMatchObject({
      phase: 'phase_4_rebuttal',
      speaker: 'user',
      turnNumber: 3,
      lastEventId: (await debate.ids()).at(-1),
    })
  })

  it('counts once, however often it is sent, even after the end', async () => {
    const debate = await TestDebate.begin(muster)
    const id = randomUUID()
    const [one, two] = await Promise.all([debate.say('Once', { id }), debate.say('Once', { id })])
    expect([one.status, two.status].sort()).toEqual([200, 201])
    expect(one.body).toEqual(two.body)
    await debate.post('/complete')
    expect((await debate.say('Once', { id })).status).toBe(200)
    expect(await debate.say('Else', { id })).toMatchObject({
      status: 409,
      body: { reason: 'id_taken' },
    })
    expect((await debate.get()).body.utteranceCount).toBe(1)
  })

  it('is a row of the log of its project, by the agent of its side', async () => {
    await muster.report({ type: 'note', project: 'debating', agent: 'bob', state: 'processing' })
    const debate = await TestDebate.begin(muster, {
      sides: { ...SIDES, pro: { position: 'yes', agent: 'bob' } },
    })
    await debate.say('A\u0000 word\nand another')
    const { rows } = await muster.sql(
      `SELECT events.type, agents.session_id, projects.name, summary, data
       FROM events JOIN agents ON agents.id = agent_id JOIN projects ON projects.id = events.project_id
       WHERE debate_id = $1`,
      [debate.id],
    )
    expect(rows).toEqual([
      {
        type: 'utterance',
        session_id: 'bob',
        name: 'debating',
        summary: 'pro: A\uFFFD word',
        data: {
          utterance_id: expect.any(String),
          number: 1,
          phase: 'phase_1_opening',
          speaker: 'pro',
          content: 'A\uFFFD word\nand another',
        },
      },
    ])
  })

  it('may have 64 KiB, and not a byte more', async () => {
    const debate = await TestDebate.begin(muster)
    expect((await debate.say('ä'.repeat(32 * 1024))).status).toBe(201)
    const refused = await debate.say(`${'ä'.repeat(32 * 1024)}.`)
    expect(refused).toMatchObject({ status: 400, body: { field: 'content' } })
    expect((await debate.say('x'.repeat(600 * 1024))).status).toBe(413)
  })

  it('holds no secret', async () => {
    const debate = await TestDebate.begin(muster)
    const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`
    await debate.say(`Use ${secret}`)
    await debate.post('/interventions', { type: 'comment', content: `Or ${secret}` })
    for (const table of ['events', 'debate_entries']) {
      const { rows } = await muster.sql(`SELECT string_agg(data::text, '') AS text FROM ${table}`)
      expect(rows[0].text).not.toContain(secret)
    }
    expect((await debate.get('/utterances')).body.utterances[0]?.content).toContain('[redacted')
  })

  it.each([
    ['an unknown speaker', { speaker: 'jury' }, 'speaker'],
    ['an unknown phase', { phase: 'phase_7_party' }, 'phase'],
    ['nothing', { content: ' \n' }, 'content'],
    ['no text', { content: 7 }, 'content'],
    ['a malformed id', { id: '1' }, 'id'],
  ])('with %s is refused', async (_, fields, field) => {
    const debate = await TestDebate.begin(muster)
    expect(await debate.say('x', fields)).toMatchObject({ status: 400, body: { field } })
    expect(await debate.ids()).toEqual([])
  })
})

describe('a move that is out of order', () => {
  it('is a conflict that says why, and how the debate stands', async () => {
    const debate = await TestDebate.begin(muster)
    const moves = [
      [
        'utterances',
        { speaker: 'pro', content: 'x', phase: 'phase_2_constructive' },
        'wrong_phase',
      ],
      ['phase', { phase: 'phase_1_opening' }, 'phase_not_ahead'],
      ['resume', {}, 'not_paused'],
    ] as const
    for (const [path, fields, reason] of moves) {
      expect(await debate.post(`/${path}`, fields), path).toEqual({
        status: 409,
        body: { error: expect.any(String), reason, status: 'active', phase: 'phase_1_opening' },
      })
    }
    await debate.post('/phase', { phase: 'phase_5_closing' })
    expect(await debate.post('/phase', { phase: 'phase_4_rebuttal' })).toMatchObject({
      status: 409,
      body: { reason: 'phase_not_ahead', phase: 'phase_5_closing' },
    })
  })

  it('while paused: nobody speaks, no phase begins, nothing ends', async () => {
    const debate = await TestDebate.begin(muster)
    const put = await debate.post('/interventions', { type: 'question', content: 'Why?' })
    expect(await debate.post('/pause', { reason: 'Lunch' })).toMatchObject({ status: 201 })
    for (const [path, fields] of everyMove(put.body.interventionId)) {
      const { status, body } = await debate.post(path, fields)
      expect([status, body.reason], path).toEqual([409, 'paused'])
    }
    expect((await debate.post('/interventions', { type: 'comment', content: 'x' })).status).toBe(
      201,
    )
    expect(await debate.ids()).toHaveLength(3)
  })

  it('after the end: nothing happens any more', async () => {
    const debate = await TestDebate.begin(muster)
    const put = await debate.post('/interventions', { type: 'question', content: 'Why?' })
    expect((await debate.post('/complete')).status).toBe(201)
    const more = [
      ['/resume', {}],
      ['/interventions', { type: 'comment', content: 'x' }],
    ] as const
    for (const [path, fields] of [...everyMove(put.body.interventionId), ...more]) {
      const { status, body } = await debate.post(path, fields)
      expect([status, body.reason, body.status], path).toEqual([409, 'complete', 'complete'])
    }
    expect(await debate.ids()).toHaveLength(2)
  })

  const everyMove = (interventionId: string) =>
    [
      ['/utterances', { speaker: 'con', content: 'x' }],
      ['/phase', { phase: 'phase_2_constructive' }],
      ['/complete', {}],
      ['/pause', {}],
      [`/interventions/${interventionId}/response`, { speaker: 'pro', response: 'x' }],
    ] as const
})

describe('a pause', () => {
  it('is left at the exact point, and is not counted', async () => {
    const debate = await TestDebate.begin(muster)
    await debate.post('/phase', { phase: 'phase_3_crossexam', speaker: 'con' })
    await debate.say('Mid-sentence', { speaker: 'con' })
    const paused = await debate.post('/pause', { reason: 'Lunch' })
    expect(paused.body).toMatchObject({
      event: 'pause',
      phase: 'phase_3_crossexam',
      speaker: 'con',
    })
    const { body: before } = await debate.get()
    expect(before).toMatchObject({ status: 'paused', pausedAt: TIME })
    // As if lunch had begun an hour ago, and the debate as well.
    await muster.sql(
      `UPDATE debates SET paused_at = paused_at - interval '1 hour',
         created_at = created_at - interval '1 hour' WHERE id = $1`,
      [debate.id],
    )
    expect((await debate.get()).body.elapsedMs).toBe(before.elapsedMs)
    await debate.post('/resume')
    const { body: after } = await debate.get()
    expect(after).toMatchObject({
      status: 'active',
      phase: before.phase,
      speaker: before.speaker,
      turnNumber: before.turnNumber,
      pausedAt: null,
    })
    expect(after.elapsedMs).toBeLessThan(before.elapsedMs + 30_000)
    const { body: end } = await debate.post('/complete')
    expect(end).toMatchObject({ event: 'complete', debateId: debate.id, utteranceCount: 1 })
    expect(end.totalDurationMs).toBeLessThan(before.elapsedMs + 30_000)
    expect((await debate.get()).body.elapsedMs).toBe(end.totalDurationMs)
  })
})

describe('an intervention', () => {
  it('is answered once, by a speaker', async () => {
    const debate = await TestDebate.begin(muster)
    const put = { id: randomUUID(), type: 'question', content: 'Why?', directedTo: 'con' }
    const { status, body } = await debate.post('/interventions', put)
    expect(status).toBe(201)
    expect(body).toEqual({
      event: 'intervention',
      eventId: expect.any(Number),
      interventionId: put.id,
      type: 'question',
      content: 'Why?',
      directedTo: 'con',
      timestamp: TIME,
    })
    expect((await debate.post('/interventions', put)).status).toBe(200)
    const path = `/interventions/${put.id}/response`
    const answer = { speaker: 'con', response: 'Because.' }
    expect(await debate.post(path, answer)).toEqual({
      status: 201,
      body: {
        event: 'intervention_response',
        eventId: expect.any(Number),
        interventionId: put.id,
        response: 'Because.',
        speaker: 'con',
        timestamp: TIME,
      },
    })
    expect((await debate.post(path, answer)).status).toBe(200)
    const other = await debate.post(path, { ...answer, response: 'Well.' })
    expect(other).toMatchObject({ status: 409, body: { reason: 'already_answered' } })
    expect(await debate.ids()).toHaveLength(2)
  })

  it.each([
    ['an unknown type', { type: 'shout' }, 'type'],
    ['an unknown addressee', { directedTo: 'user' }, 'directedTo'],
    ['8 KiB and a byte', { content: 'x'.repeat(8193) }, 'content'],
  ])('with %s is refused', async (_, fields, field) => {
    const debate = await TestDebate.begin(muster)
    const put = { type: 'question', content: 'Why?', ...fields }
    expect(await debate.post('/interventions', put)).toMatchObject({ status: 400, body: { field } })
  })

  it('that there is not cannot be answered', async () => {
    const debate = await TestDebate.begin(muster)
    const answer = { speaker: 'con', response: 'x' }
    for (const id of [randomUUID(), 'one']) {
      expect((await debate.post(`/interventions/${id}/response`, answer)).status).toBe(404)
    }
  })
})

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
    expect(text).toContain('# Of &lt;b>tags&lt;/b> and lines\n')
    expect(text).toContain('> # not a heading &lt;img src=x>')
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
