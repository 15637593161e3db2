import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestDebate } from '../support/debate'
import { sharedMuster, type TestMuster } from '../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await sharedMuster()
})
afterAll(() => muster.stop())

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const SIDES = { pro: { position: 'yes' }, con: { position: 'no' } }

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
