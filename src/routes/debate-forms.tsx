import { type Context, Hono } from 'hono'
import { InterventionForm } from '../../views/components/debate-forms'
import { toHtml } from '../../views/render'
import { debateUrl } from '../../views/urls'
import type { Outcome } from '../debates/change'
import { DebateConflict } from '../debates/errors'
import { intervene } from '../debates/interventions'
import { pause, resume } from '../debates/moves'
import { BadInput } from '../errors/app-error'
import { requires } from '../http/access-policy'
import { debateContext } from '../http/debate-request'
import type { Env } from '../http/env'
import { readForm } from '../http/form'
import { HTML_HEADERS } from '../http/html'
import type { Services } from '../http/services'

/** 8,000 characters, every one of them written as an escape. */
const MAX_FORM_BYTES = 128 * 1024
/** How long a browser waits for a page that shows what it has done. */
const PATIENCE_MS = 1_000

/** What people do on the page of a debate. Without a script the browser goes back to it. */
export function debateFormRoutes(services: Services): Hono<Env> {
  const app = new Hono<Env>()
  const { writing } = services
  app.post('/debates/:debateId/pause', requires('act'), (c) =>
    stop(c, services, () => pause(writing, debateContext(c), null)),
  )
  app.post('/debates/:debateId/resume', requires('act'), (c) =>
    stop(c, services, () => resume(writing, debateContext(c), null)),
  )
  app.post('/debates/:debateId/interventions', requires('act'), (c) => send(c, services))
  return app
}

async function stop(
  c: Context<Env>,
  services: Services,
  move: () => Promise<Outcome>,
): Promise<Response> {
  const done = await move().catch((error: unknown) => {
    // Another change came first: the page shows how the debate stands.
    if (error instanceof DebateConflict) return null
    throw error
  })
  return isScripted(c) ? c.body(null, 204) : backToPage(c, services, done)
}

/** The page that it goes back to shows what was done. */
async function backToPage(c: Context<Env>, { pageStreams }: Services, done: Outcome | null) {
  if (done) await pageStreams.reach(done.row.id, PATIENCE_MS)
  return c.redirect(debateUrl(debateContext(c).debateId), 303)
}

/** With a script the answer is the form again: empty, or with the text and what is wrong with it. */
async function send(c: Context<Env>, services: Services): Promise<Response> {
  const { writing, bodies } = services
  const place = debateContext(c)
  const { debateId } = place
  const form = await readForm(c.env.incoming, MAX_FORM_BYTES)
  const { content = '', directedTo = '', type } = Object.fromEntries(form)
  try {
    const given = { type, content, ...(directedTo !== '' && { directedTo }) }
    const put = await bodies.decode({
      kind: 'intervention',
      type: 'application/json',
      bytes: Buffer.from(JSON.stringify(given)),
      context: { host: null },
    })
    const done = await intervene(writing, place, put)
    if (!isScripted(c)) return backToPage(c, services, done)
  } catch (error) {
    const isTheirs = error instanceof BadInput || error instanceof DebateConflict
    if (!isTheirs || !isScripted(c)) throw error
    const fault = `${error.message}.`
    return fragment(c, <InterventionForm debateId={debateId} fault={fault} content={content} />)
  }
  return fragment(c, <InterventionForm debateId={debateId} note="Sent." />)
}

function fragment(c: Context<Env>, form: Parameters<typeof toHtml>[0]): Response {
  return c.body(toHtml(form), 200, HTML_HEADERS)
}

function isScripted(c: Context<Env>): boolean {
  return c.req.header('hx-request') === 'true'
}
