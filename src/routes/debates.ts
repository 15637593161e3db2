import { type Context, Hono } from 'hono'
import { scopeOf } from '../access/visitor'
import { beginDebate } from '../debates/begin'
import type { DebateContext, Outcome } from '../debates/change'
import { PHASES, SPEAKERS, STATUSES } from '../debates/debate'
import { intervene, respond } from '../debates/interventions'
import { changePhase, complete, pause, resume, speak } from '../debates/moves'
import { allEntries, listDebates, listUtterances } from '../debates/read'
import { debatePayload, entryPayload, utterancePayload } from '../debates/serialize'
import { jsonTranscript, markdownTranscript } from '../debates/transcript'
import { NotFound } from '../errors/app-error'
import { requires } from '../http/access-policy'
import { choiceIn, debateContext, queryWith, requireDebate } from '../http/debate-request'
import type { Env } from '../http/env'
import { parseNumber } from '../http/event-query'
import { readReportBody } from '../http/read-report-body'
import type { Services } from '../http/services'
import type { BodyKind, Decoded } from '../ingest/decode/decode-body'
import { parseUuid } from '../log/uuid'

/** An utterance of 64 KiB, every character of it written as an escape. */
const MAX_BODY_BYTES = 512 * 1024
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500
const OFFSETS = { min: 0, max: 1_000_000 }
const LIMITS = { min: 1, max: MAX_LIMIT }
const IDS = { min: 1, max: Number.MAX_SAFE_INTEGER }

/** Debates: what their orchestrators and the people who follow them send and ask. */
export function debateRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  const { writing } = services
  const at = '/api/debates/:debateId'
  app.post('/api/debates', requires('report'), (c) => begin(c, services))
  app.get('/api/debates', requires('read'), (c) => list(c, services))
  app.get(at, requires('read'), async (c) => {
    queryWith(c, [])
    const { debate, now, lastEventId } = await requireDebate(c, services)
    return c.json({ ...debatePayload(debate, now), lastEventId })
  })
  app.get(`${at}/utterances`, requires('read'), (c) => utterances(c, services))
  app.get(`${at}/transcript`, requires('read'), (c) => transcript(c, services))

  const move = moveWith(services)
  app.post(`${at}/utterances`, requires('report'), (c) =>
    move(c, 'utterance', (said, place) => speak(writing, place, said)),
  )
  app.post(`${at}/phase`, requires('report'), (c) =>
    move(c, 'phase', (to, place) => changePhase(writing, place, to)),
  )
  app.post(`${at}/complete`, requires('report'), (c) =>
    move(c, 'nothing', (_, place) => complete(writing, place)),
  )
  app.post(`${at}/pause`, requires('act'), (c) =>
    move(c, 'reason', (reason, place) => pause(writing, place, reason)),
  )
  app.post(`${at}/resume`, requires('act'), (c) =>
    move(c, 'reason', (reason, place) => resume(writing, place, reason)),
  )
  app.post(`${at}/interventions`, requires('act'), (c) =>
    move(c, 'intervention', (put, place) => intervene(writing, place, put)),
  )
  app.post(`${at}/interventions/:interventionId/response`, requires('report'), (c) =>
    move(c, 'response', (answer, place) =>
      respond(writing, place, { ...answer, interventionId: interventionOf(c) }),
    ),
  )
  return app
}

/** Answers with what happened: 201, or 200 where it had been sent before. */
function moveWith(services: Services) {
  return async <K extends BodyKind>(
    c: Context<Env>,
    kind: K,
    make: (decoded: Decoded<K>, place: DebateContext) => Promise<Outcome>,
  ): Promise<Response> => {
    const place = debateContext(c)
    const { decoded } = await readReportBody(c, services, {
      kind,
      types: ['application/json'],
      maxBytes: MAX_BODY_BYTES,
    })
    const { row, isNew } = await make(decoded, place)
    return c.json(entryPayload(row), isNew ? 201 : 200)
  }
}

function interventionOf(c: Context<Env>): string {
  const text = c.req.param('interventionId') ?? ''
  const id = parseUuid(text)
  if (id !== null) return id
  throw new NotFound(`There is no intervention “${text.slice(0, 100)}”`)
}

async function begin(c: Context<Env>, services: Services) {
  const { decoded } = await readReportBody(c, services, {
    kind: 'debate',
    types: ['application/json'],
    maxBytes: MAX_BODY_BYTES,
  })
  const visitor = c.get('visitor')
  const { access } = services
  const allowance = access.reportLimits.allowanceFor(access.senderOf(visitor, c.env.incoming))
  const { debate, isNew } = await beginDebate(
    services.writing,
    { scope: scopeOf(visitor), actor: visitor.actor, allowance },
    decoded,
  )
  return c.json(debatePayload(debate, new Date()), isNew ? 201 : 200)
}

async function list(c: Context<Env>, { db }: Services) {
  const query = queryWith(c, ['offset', 'limit', 'status', 'project_id'])
  const limit = parseNumber(query, 'limit', LIMITS) ?? DEFAULT_LIMIT
  const offset = parseNumber(query, 'offset', OFFSETS) ?? 0
  const status = choiceIn(query, 'status', STATUSES)
  const projectId = parseNumber(query, 'project_id', IDS)
  const debates = await listDebates(db, scopeOf(c.get('visitor')), {
    limit,
    offset,
    ...(status && { status }),
    ...(projectId !== null && { projectId }),
  })
  const now = new Date()
  return c.json({ debates: debates.map((debate) => debatePayload(debate, now)), offset, limit })
}

async function utterances(c: Context<Env>, services: Services) {
  const query = queryWith(c, ['offset', 'limit', 'speaker', 'phase'])
  const offset = parseNumber(query, 'offset', OFFSETS) ?? 0
  const limit = parseNumber(query, 'limit', LIMITS) ?? DEFAULT_LIMIT
  const speaker = choiceIn(query, 'speaker', SPEAKERS)
  const phase = choiceIn(query, 'phase', PHASES)
  const { debate } = await requireDebate(c, services)
  const { rows, total } = await listUtterances(services.db, debate.id, {
    offset,
    limit,
    ...(speaker && { speaker }),
    ...(phase && { phase }),
  })
  return c.json({ utterances: rows.map(utterancePayload), total, offset, limit })
}

/** The whole debate, to keep: JSON, or Markdown where the request accepts it. */
async function transcript(c: Context<Env>, services: Services) {
  const query = queryWith(c, ['format'])
  const format = choiceIn(query, 'format', ['json', 'markdown']) ?? acceptedFormat(c)
  const { debate, now } = await requireDebate(c, services)
  const whole = { debate, now, entries: allEntries(services.db, debate.id) }
  const isJson = format === 'json'
  const pieces = isJson ? jsonTranscript(whole) : markdownTranscript(whole)
  const file = `debate-${debate.id}.${isJson ? 'json' : 'md'}`
  return c.body(ReadableStream.from(encoded(pieces)), 200, {
    'Content-Type': isJson ? 'application/json' : 'text/markdown; charset=utf-8',
    'Content-Disposition': `attachment; filename="${file}"`,
    'Cache-Control': 'no-store',
  })
}

function acceptedFormat(c: Context<Env>): 'json' | 'markdown' {
  return (c.req.header('accept') ?? '').includes('text/markdown') ? 'markdown' : 'json'
}

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const piece of pieces) yield encoder.encode(piece)
}
