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
