import { type Context, Hono } from 'hono'
import { InterventionForm } from '../../views/components/debate-forms'
import { debateUrl } from '../../views/components/debate-head'
import { toHtml } from '../../views/render'
import { DebateConflict } from '../debates/errors'
import { intervene } from '../debates/interventions'
import { pause, resume } from '../debates/moves'
import { BadReport } from '../ingest/bad-report'
import { parseIntervention } from '../ingest/debate-bodies'
import { readBody, requireContentType } from './body'
import { placeOf } from './debate-request'
import type { Env } from './env'
import { rule } from './rule'
import type { Services } from './services'

/** 8,000 characters, every one of them written as an escape. */
const MAX_FORM_BYTES = 128 * 1024

/** What people do on the page of a debate. Without a script the browser goes back to it. */
export function debateFormRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  const { writing } = services
  app.post('/debates/:debateId/pause', rule('form'), (c) =>
    stop(c, () => pause(writing, placeOf(c), null)),
  )
  app.post('/debates/:debateId/resume', rule('form'), (c) =>
    stop(c, () => resume(writing, placeOf(c), null)),
  )
  app.post('/debates/:debateId/interventions', rule('form'), (c) => send(c, services))
  return app
}

async function stop(c: Context<Env>, move: () => Promise<unknown>): Promise<Response> {
  try {
    await move()
  } catch (error) {
    // Somebody else was faster: the page shows how the debate stands.
    if (!(error instanceof DebateConflict)) throw error
  }
  return isScripted(c) ? c.body(null, 204) : c.redirect(debateUrl(placeOf(c).debateId), 303)
}

/** With a script the answer is the form again: empty, or with the text and what is wrong with it. */
async function send(c: Context<Env>, { writing, redact }: Services): Promise<Response> {
  const place = placeOf(c)
  const { debateId } = place
  requireContentType(c.env.incoming, ['application/x-www-form-urlencoded'])
  const form = new URLSearchParams(await readBody(c.env.incoming, MAX_FORM_BYTES))
  const { content = '', directedTo = '', type } = Object.fromEntries(form)
  try {
    const put = redact({ type, content, ...(directedTo !== '' && { directedTo }) })
    await intervene(writing, place, parseIntervention(put))
  } catch (error) {
    const isTheirs = error instanceof BadReport || error instanceof DebateConflict
    if (!isTheirs || !isScripted(c)) throw error
    const fault = `${error.message}.`
    return fragment(c, <InterventionForm debateId={debateId} fault={fault} content={content} />)
  }
  if (!isScripted(c)) return c.redirect(debateUrl(debateId), 303)
  return fragment(c, <InterventionForm debateId={debateId} note="Sent." />)
}

function fragment(c: Context<Env>, form: Parameters<typeof toHtml>[0]): Response {
  return c.body(toHtml(form), 200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
  })
}

function isScripted(c: Context<Env>): boolean {
  return c.req.header('hx-request') === 'true'
}
